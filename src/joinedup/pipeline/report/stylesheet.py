"""How a report looks on a screen and on A4."""

from typing import Final

STYLE: Final = """
body{margin:0;background:#fff;color:#0b0c0c;font:16px/1.5 "Helvetica Neue","Liberation Sans",Arial,sans-serif}
header,main,footer{max-width:46rem;margin:0 auto;padding:0 1rem}
h1{font-size:2rem;line-height:1.2;margin:1.5rem 0 .25rem}h2{font-size:1.4rem;line-height:1.25;margin:2rem 0 .5rem}
h3{font-size:1.1rem;margin:1.25rem 0 .25rem}p,ul{margin:.4rem 0}ul{padding-left:1.25rem}
h1,h2,h3,p,li,dd,td,th,caption{overflow-wrap:anywhere}
.question{font-size:1.15rem;color:#484949}.verdict{border:3px solid #1d70b8;padding:.6rem 1rem;margin:1rem 0}
.verdict p{margin:.2rem 0}.verdict .said{font-size:1.5rem;font-weight:700}
.alarm{border:3px solid #ca3535;background:#fdf3f3;padding:.4rem 1rem;margin:1rem 0}.alarm .said{font-weight:700}
.first{font-weight:700}.wide{overflow-x:auto}
.warning{border-left:6px solid #ca3535;padding:.2rem 0 .2rem .8rem;font-weight:700}
dl{margin:0}dl>div{display:grid;grid-template-columns:12rem 1fr;gap:0 1rem;border-top:1px solid #cecece;padding:.5rem 0}
dt{font-weight:700}dd{margin:0}dd p:first-child{margin-top:0}
table{border-collapse:collapse;width:100%;font-size:.875rem;margin:.75rem 0}caption{text-align:left;font-weight:700}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid #cecece;padding:.3rem .5rem .3rem 0}
tbody th{font-weight:400}thead th{overflow-wrap:normal}.number{font-variant-numeric:tabular-nums}
figure{margin:.75rem 0}figcaption{font-size:.875rem;color:#484949}svg{display:block;width:100%;height:auto}
svg text{font:13px "Helvetica Neue","Liberation Sans",Arial,sans-serif;fill:#0b0c0c}
svg .small{font-size:12px;fill:#484949}svg .strong{font-weight:700}
.axis,.zero{stroke:#0b0c0c;stroke-width:1}.grid{stroke:#e2e2e2;stroke-width:1}
.start{stroke:#484949;stroke-width:1;stroke-dasharray:2 3}.range{stroke:#1d70b8;stroke-width:2;fill:none}
.mark{fill:#1d70b8;stroke:#1d70b8}.hollow{fill:#fff;stroke:#484949;stroke-width:1.5}
.seen{stroke:#1d70b8;stroke-width:2.5;fill:none}.would{stroke:#0b0c0c;stroke-width:2;stroke-dasharray:6 4;fill:none}
.box{fill:#f4f8fb;stroke:#484949;stroke-width:1}footer{color:#484949;font-size:.875rem;margin-bottom:2rem}
@media (max-width:36rem){dl>div{grid-template-columns:1fr}}
@page{size:A4;margin:16mm 14mm}
@media print{body{font-size:10.5pt}header,main,footer{max-width:none;padding:0}h1{margin-top:0;font-size:20pt}
h2{font-size:14pt}#answers{break-after:page}figure,tr,.verdict,.alarm,dl>div{break-inside:avoid}.wide{overflow:visible}table{font-size:8.5pt}h2,h3,caption{break-after:avoid}
thead{display:table-header-group}}
"""
