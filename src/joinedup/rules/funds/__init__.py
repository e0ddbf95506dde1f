"""Rules about money: what an event costs, who pays, how sure the cost is."""
