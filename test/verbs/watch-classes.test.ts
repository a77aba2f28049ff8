import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chooseEngine, classWatch, imagesFromArray, resume, train, training, UsageError, variational, type Abilities, type Engine } from "../../src/index.js";
import { constant, gather, input, reshape, type Tensor } from "../../src/tensor/index.js";
import { assertClose } from "../support/close.js";
import { setVariable } from "../support/commands.js";
import { temporaryFolder } from "../support/folder.js";

/** Images of two classes, light above or light below; three quarters are of the first. */
const COUNT = 320;
const labels = Array.from({ length: COUNT }, (_, i) => (i % 4 === 3 ? 1 : 0));
const pixels = Uint8Array.from({ length: COUNT * 16 }, (_, i) => ((i % 16 < 8) === (labels[Math.floor(i / 16)] === 0) ? 200 : 40) + ((i * i * 31) % 50));
const shape = [1, 4, 4] as const;
const data = imagesFromArray(pixels, { shape, labels, classes: ["above", "below"], validation: 0.25 });

const request = { model: "gan", options: { hidden: [6], latentSize: 2 }, data, training: { epochs: 3, batchSize: 40, averageDecay: 0.9 } } as const;
const folder = (): string => join(temporaryFolder("watch"), "run");
const whole = (path: string): Buffer => readFileSync(join(path, "checkpoints", "step-18.safetensors"));
const timeless = async (path: string) => (await training.readMetrics(path)).map((line) => ({ ...line, imagesPerSecond: 0 }));

describe("the classes of samples in training", () => {
  const [cache, earlier] = [temporaryFolder("features"), process.env.MORPHOGEN_CACHE];
  const engines: Engine[] = [];
  before(async () => {
    setVariable("MORPHOGEN_CACHE", cache);
    engines.push(await chooseEngine(undefined, { threads: 1 }));
  });
  after(async () => {
    setVariable("MORPHOGEN_CACHE", earlier);
    await engines[0].dispose();
  });

  it("are kept at each validation and drawn; nothing else is changed by it, and a resumed run goes on with it", async () => {
    const [engine] = engines;
    const [plain, watched, stopped] = [folder(), folder(), folder()];
    await train({ ...request, engine, out: plain });
    const watching = { ...request, engine, training: { ...request.training, watchClasses: true } };
    const { files } = await train({ ...watching, out: watched });
    assert.deepEqual(whole(watched), whole(plain));
    const validations = (await timeless(watched)).filter(({ validation }) => validation);
    assert.equal(validations.length, 3);
    for (const { details, validation } of validations) {
      assertClose([details!.classShares.reduce((a, b) => a + b)], [1], 1e-9);
      assert.deepEqual([details!.classShares.length, validation!.classes, validation!.leastClassShare], [2, 2, Math.min(...details!.classShares)]);
    }
    const { classes: _, classesFound, leastClassShare, ...rest } = validations[2].validation!;
    assert.deepEqual(rest, (await timeless(plain)).at(-1)!.validation);
    assert.ok(classesFound >= 1 && leastClassShare <= 0.5);
    const figure = files.find((file) => file.endsWith("class-shares.svg"))!;
    assert.match(readFileSync(figure, "utf8"), />above<[\s\S]*>below<[\s\S]*>Classes of 1,000 samples at each validation, as classified</);
    assert.ok(!existsSync(join(plain, "figures", "class-shares.svg")));

    const controller = new AbortController();
    await train({ ...watching, out: stopped, signal: controller.signal, onEvent: (event) => event.event === "validation" && event.epoch === 1 && controller.abort() });
    await resume(stopped, { data, engine });
    assert.deepEqual(whole(stopped), whole(watched));
    assert.deepEqual(await timeless(stopped), await timeless(watched));
  });

  /** A "trained" model whose samples are of the classes told. */
  const patterns = Float32Array.from({ length: 32 }, (_, i) => ((i % 16 < 8) === i < 16 ? 0.85 : 0.25));
  const sampler = (sample: NonNullable<Abilities["sample"]>) => ({
    model: { ...variational, accepts: { ...variational.accepts, range: [0, 1] as const } },
    built: { variables: [], stages: [], validation: () => ({ outputs: {} }), abilities: { sample } },
    spec: data.train.spec,
    engine: engines[0],
    path: "unused",
  });
  const ofClasses = (classes: Tensor): Tensor => reshape(gather(constant(patterns, [2, 16]), classes), [classes.shape[0], ...shape]);

  it("that are lost are warned of", async () => {
    const watch = await classWatch(engines[0], { data, trainedOn: data.train });
    const { metrics, details, warnings } = await watch(sampler((batch) => ({ outputs: { samples: ofClasses(constant(new Int32Array(batch), [batch], "int32")) } })));
    assert.deepEqual([metrics, details], [{ classes: 2, classesFound: 1, leastClassShare: 0 }, { classShares: [1, 0] }]);
    assert.match(warnings!.join(), /^Classes are lost: below \(0\.0% of the samples, 2\d\.\d% of the data\)\. Train for longer; /);
  });

  it("are asked of a conditional model in the shares of the data", async () => {
    const lines: string[] = [];
    const watch = await classWatch(engines[0], { data, trainedOn: data.train, onProgress: (line) => void lines.push(line) });
    const { details, warnings } = await watch(
      sampler((batch) => {
        const asked = input("labels", [batch], "int32");
        return { inputs: { labels: asked }, outputs: { samples: ofClasses(asked) } };
      }),
    );
    assertClose(details!.classShares, [0.75, 0.25], 0.03);
    assert.deepEqual([warnings, lines], [[], ["Each validation classifies 1,000 samples, by a classifier that is right for 100.0% of the test images."]]);
  });

  it("are refused, before there is a run, where there are none or where the model does not sample", async () => {
    const unlabelled = imagesFromArray(pixels, { shape });
    const asked = { ...request, engine: engines[0], training: { epochs: 1, watchClasses: true } };
    const refused = async (changed: object, message: RegExp) => {
      const out = folder();
      await assert.rejects(() => train({ ...asked, ...changed, out }), (error: unknown) => error instanceof UsageError && message.test(error.message));
      assert.ok(!existsSync(out));
    };
    await refused({ data: unlabelled }, /no classes of samples to watch: the data have no labels/);
    await refused({ model: "stacked" }, /The model "stacked" cannot sample/);
  });
});
