/** Peers as runners: the scripts in bench/peers/, each run by a Python in which its framework is installed. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UsageError } from "../src/errors.js";
import { parseLine, reasonOf, run, type Runner } from "./runner.js";

interface Script {
  /** Modules that it imports; the first names the peer. */
  readonly needs: readonly [string, ...string[]];
  readonly file: string;
  /** Ways of calling it: what the name says, and the arguments. */
  readonly ways: readonly { readonly suffix: string; readonly args: readonly string[] }[];
}

const plain = { suffix: "", args: [] };
const scripts: readonly Script[] = [
  { needs: ["torch"], file: "torch_steps.py", ways: [plain, { suffix: " compiled", args: ["--compile"] }] },
  { needs: ["keras", "tensorflow"], file: "keras_steps.py", ways: [plain] },
  { needs: ["jax"], file: "jax_steps.py", ways: [plain] },
];
const modules = scripts.flatMap(({ needs }) => needs);

/** Prints the version of each module that can be imported. */
const probe = `
import importlib, json
versions = {}
for name in ${JSON.stringify(modules)}:
    try:
        versions[name] = importlib.import_module(name).__version__
    except Exception:
        pass
print(json.dumps(versions))`;

/** The peers that an interpreter can run. Throws a UsageError when it cannot be run itself, or imports none. */
export async function peerRunners(python: string): Promise<Runner[]> {
  const ended = await run(python, ["-c", probe]);
  if (ended.error) throw new UsageError(`--peer ${python} does not run: ${reasonOf(ended)}`);
  const versions = parseLine(z.record(z.string(), z.string()), ended.stdout) ?? {};
  const runners = scripts
    .filter(({ needs }) => needs.every((name) => name in versions))
    .flatMap(({ needs: [name], file, ways }) =>
      ways.map(({ suffix, args }): Runner => {
        const script = fileURLToPath(new URL(`peers/${file}`, import.meta.url));
        // Without the build's tag, as in 2.13.0+cpu.
        return { name: `${name} ${versions[name].split("+")[0]}${suffix}`, ours: false, command: python, args: [script, ...args] };
      }),
    );
  if (runners.length > 0) return runners;
  throw new UsageError(`--peer ${python} imports no peer: ${scripts.map(({ needs }) => needs.join(" with ")).join(", ")}`);
}
