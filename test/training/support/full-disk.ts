/** Resumes training under a limit on the size of files, which a checkpoint exceeds: SIGXFSZ ignored, writes fail with EFBIG. */
import { trainTiny } from "./tiny.js";

process.on("SIGXFSZ", () => undefined);
await trainTiny({ path: process.argv[2], resume: true }).catch((error: Error) => console.log(`${error.name}: ${error.message}`));
