// Real nodes over a real Redis, for tests that fakes can't replace.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { until } from "./until.js";

const ROOT = new URL("../../..", import.meta.url);
const required = (process.env.CHORUS_TEST_REQUIRE ?? "").split(",");

/** Why these tests are not for here, false where they are. Then it is a failure if something is missing. */
export const skip = ["go", "redis"].every((each) => required.includes(each))
  ? false
  : "needs real nodes; to run this, install Go and redis-server, and set CHORUS_TEST_REQUIRE=go,redis";

/** A program that runs until it is ended. */
class Program {
  #process;
  #output = "";

  /**
   * @param {string} command
   * @param {string[]} args
   */
  constructor(command, args) {
    this.#process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = once(this.#process, "exit").then(([code, signal]) => signal ?? code);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on("data", (data) => (this.#output += data));
    }
  }

  /** What it has written. */
  get output() {
    return this.#output;
  }

  /**
   * Waits until it is there, and says why where it is not.
   *
   * @param {() => Promise<boolean>} ready
   */
  async until(ready) {
    await Promise.race([
      until("it is ready", ready),
      this.ended.then((how) => Promise.reject(new Error(`it has ended (${how}): ${this.#output}`))),
    ]);
  }

  /**
   * @param {NodeJS.Signals} signal
   * @returns how it has ended
   */
  end(signal) {
    this.#process.kill(signal);
    return this.ended;
  }
}

/** A Redis, the node's program, and the nodes that were started with them. */
export class Service {
  #directory = "";
  #redis = "";
  /** @type {Program[]} */
  #programs = [];

  async start() {
    this.#directory = await mkdtemp(join(tmpdir(), "chorus-library-"));
    const building = promisify(execFile)("go", ["build", "-o", this.#directory, "./cmd/server"], { cwd: ROOT });
    const port = await freePort();
    this.#redis = `redis://127.0.0.1:${port}/0`;
    const redis = this.#run("redis-server", ["--port", port, "--save", "", "--dir", this.#directory]);
    await redis.until(() => answers(port));
    await building;
  }

  /**
   * Starts a node.
   *
   * @param {...string} flags
   */
  async node(...flags) {
    const port = await freePort();
    const unlimited = ["--messages-per-session=off", "--messages-per-user=off"];
    const args = [`--addr=127.0.0.1:${port}`, `--redis=${this.#redis}`, ...unlimited, ...flags];
    const program = this.#run(join(this.#directory, "server"), args);
    const url = `http://127.0.0.1:${port}`;
    await program.until(async () => (await fetch(`${url}/readyz`)).ok);
    return { url, port, end: (/** @type {NodeJS.Signals} */ signal) => program.end(signal) };
  }

  /** Ends all that was started. */
  async stop() {
    await Promise.all(this.#programs.map((program) => program.end("SIGKILL")));
    await rm(this.#directory, { recursive: true });
  }

  /**
   * @param {string} command
   * @param {(string | number)[]} args
   */
  #run(command, args) {
    const program = new Program(command, args.map(String));
    this.#programs.push(program);
    return program;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody listens at a port. */
async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  return true;
}
