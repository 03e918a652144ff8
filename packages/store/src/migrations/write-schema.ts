import { writeFileSync } from "node:fs";
import { openDatabase } from "../sqlite/database.js";
import { dumpSchema } from "./dump-schema.js";
import { migrate } from "./migrate.js";

/* Writes the committed dump of the schema; run it after a change of the migrations. */
const database = openDatabase(":memory:");
migrate(database, 0);
writeFileSync(new URL("../../schema.sqlite.sql", import.meta.url), dumpSchema(database));
database.close();
