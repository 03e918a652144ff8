import { serveFramed } from "./frame-desk.js";

const [timeoutMs, beforeAll, afterAll, ...command] = process.argv.slice(2);

serveFramed({ hooks: { timeoutMs: Number(timeoutMs), beforeAll, afterAll }, command });
