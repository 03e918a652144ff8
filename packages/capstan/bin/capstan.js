#!/usr/bin/env node
import module from "node:module";

// Node 22.8 and later keep what they compiled: the next start is faster.
module.enableCompileCache?.();
const { main } = await import("@capstan/cli");
// Whatever is still open by then, such as connections that are kept for another call, is not waited for.
process.exit(await main(process.argv.slice(2)));
