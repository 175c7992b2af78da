// What every page runs: each module finds out itself whether the page has what it is about.
import { grading } from "./grading.js";
import { names } from "./names.js";
import { reading } from "./reading.js";
import { results } from "./results.js";
import { search } from "./search.js";

document.documentElement.classList.add("scripted");
search();
results();
names();
reading();
grading();
