import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A long-lived process that answers JSON lines. It is stopped between its turns, so that the other side has the machine. */
export class Peer {
  #child;
  #lines;
  #errors = "";
  #stoppable = process.platform !== "win32";

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => (this.#errors += error.message));
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.on("data", (chunk) => (this.#errors = (this.#errors + chunk).slice(-4000)));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Asks and waits for the answer; throws Error where the other side failed or is gone. */
  async ask(request) {
    this.#signal("SIGCONT");
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the process ended: ${reasonIn(this.#errors)}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    this.#signal("SIGSTOP");
    return answer;
  }

  close() {
    this.#signal("SIGCONT");
    this.#child.kill("SIGKILL");
  }

  #signal(name) {
    if (this.#stoppable && this.#child.pid !== undefined) this.#child.kill(name);
  }
}

/** The line of an error stream that says what went wrong. */
function reasonIn(text) {
  const lines = text.trim().split("\n");
  return lines.find((line) => /Error\b.*: /.test(line)) ?? lines.at(-1);
}
