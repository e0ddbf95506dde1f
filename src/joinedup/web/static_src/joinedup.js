// GOV.UK components that behave better with a script; every page works without this file.
import { initAll } from "./govuk.js";

initAll();

