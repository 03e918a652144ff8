export { main } from "./main.js";
export { exitCodes } from "./exit-code.js";
export { processIo, type EndSignal, type Io, type Sink, type Source } from "./io/io.js";
