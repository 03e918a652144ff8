import { copyStore } from "./copy-store.js";

/* A process that copies a store, and is killed by the system as soon as so many rows are written, or read back. */
const [from = "", to = "", phase = "write", rows = "0"] = process.argv.slice(2);

await copyStore({
  from,
  to,
  nowMs: 0,
  onProgress: (progress) => {
    if (progress.phase === phase && progress.rows >= Number(rows)) process.kill(process.pid, "SIGKILL");
  },
});
