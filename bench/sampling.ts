/** What sampling costs around the network: 64 images in 20 steps, everything counted, beside 20 passes of the network forward over as many noisy images. */
import { chooseEngine } from "../src/engines/choose.js";
import { findModel } from "../src/models/registry.js";
import { sampleDiffusion } from "../src/verbs/diffusion.js";
import { spec } from "./loops.js";
import { median } from "./steps.js";

const [IMAGES, STEPS] = [64, 20];

/** A line for people or for machines; medians of at least three rounds. */
export async function compareSampling(engineName: string | undefined, rounds: number, json: boolean): Promise<string> {
  const engine = await chooseEngine(engineName);
  try {
    const model = findModel("diffusion");
    const built = model.build(model.options.parse({}), spec);
    for (const variable of built.variables) await engine.write(variable, variable.initial(1));
    const forward = await engine.compile(built.abilities.denoiser!(IMAGES));
    const feeds = { x: new Float32Array(IMAGES * 784), sigma: new Float32Array(IMAGES).fill(1), time: new Float32Array(IMAGES).fill(500) };
    const [passes, whole]: [number[], number[]] = [[], []];
    const timed = async (times: number[], work: () => Promise<unknown>): Promise<void> => {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    };
    await forward.run(feeds);
    for (let round = 0; round < Math.max(3, rounds); round++) {
      await timed(passes, async () => {
        for (let i = 0; i < STEPS; i++) await forward.run(feeds);
      });
      await timed(whole, () => sampleDiffusion({ model, built, spec, engine }, { count: IMAGES, steps: STEPS, seed: round }));
    }
    await forward.dispose();
    const [passMs, sampleMs] = [median(passes), median(whole)].map(Math.round);
    const facts = { images: IMAGES, steps: STEPS, engine: engine.name, passes_ms: passMs, sampling_ms: sampleMs, ratio: Number((sampleMs / passMs).toFixed(3)) };
    return json ? JSON.stringify(facts) : `${IMAGES} images in ${STEPS} steps on ${facts.engine}: ${sampleMs} ms with everything compiled and read, ${STEPS} passes of the network ${passMs} ms: ${facts.ratio} times as long`;
  } finally {
    await engine.dispose();
  }
}
