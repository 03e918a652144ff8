import { parentPort, workerData } from "node:worker_threads";
import { runRead, type BackendOptions, type ReadArguments, type ReadName } from "../sqlite/backend.js";
import { defaultTuning, openDatabase, type Database } from "../sqlite/database.js";
import { RowReader } from "../sqlite/row-reader.js";
import { pathOf } from "../sqlite/store-writer.js";
import { answerCalls } from "./answer-calls.js";

/* The thread that reads, on a connection of its own: a long list never delays a commit. */
const { place, tuning = defaultTuning } = workerData as BackendOptions;
const cacheBytes = 16 * 1_048_576;
let database: Database | undefined;
let reader: RowReader | undefined;

function openReader(): RowReader {
  database = openDatabase(pathOf(place), { ...tuning, cacheBytes });
  database.exec("PRAGMA query_only = ON");
  return new RowReader(database);
}

answerCalls(parentPort!, (name, args) => {
  if (name === "close") return database?.close();
  reader ??= openReader();
  return runRead(reader, name as ReadName, args as ReadArguments<ReadName>);
});
