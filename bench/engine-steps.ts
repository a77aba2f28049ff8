/** The time of one case on one engine, in a process of its own: `engine-steps.ts ENGINE --runs N CASE` prints what a peer's script prints. */
import { timeSteps } from "./steps.js";

const [engine, , runs, name] = process.argv.slice(2);
try {
  console.log(JSON.stringify({ case: name, peer: engine, ms: await timeSteps(engine, name, Number(runs)) }));
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
