/** One process per run folder: a listening local socket, which the system frees however the process ends. */
import { createHash } from "node:crypto";
import { realpath, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "../errors.js";

/** Takes the folder for this process, or throws a RunError that names who has it. Returns how to let it go. */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const address = await addressOf(path);
  let server = await listen(address);
  if (!server) {
    const holder = await askHolder(address);
    if (holder === undefined && !["linux", "win32"].includes(process.platform)) {
      // A socket file outlives its process there; nobody answers, so nobody has it.
      await rm(address, { force: true });
      server = await listen(address);
    }
    if (!server) throw new RunError(`${path} is in use by another process${holder ? ` (${holder})` : ""}`, "Wait for it to end, or stop it with Ctrl-C.");
  }
  const held = server;
  return () => new Promise((resolve) => held.close(() => resolve()));
}

/** The same for every name of one folder: an abstract socket on Linux, a pipe on Windows, a socket file elsewhere. */
async function addressOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path);
  const id = createHash("sha256").update(`${dev}:${ino}:${await realpath(path)}`).digest("hex").slice(0, 24);
  if (process.platform === "linux") return `\0morphogen-${id}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\morphogen-${id}` : join(tmpdir(), `morphogen-${id}.sock`);
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on("error", () => undefined).end(`process ${process.pid}`));
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    // Holding a lock must not keep a process alive.
    server.listen(address, () => resolve(server.unref()));
  });
}

/** What the holder says of itself; undefined when it does not answer in time. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(address);
    socket.setTimeout(500, () => socket.destroy());
    socket.on("data", (piece) => (answer += piece.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer || undefined));
  });
}
