import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../repository.js";
import { pageText } from "./generated-page.js";
import { generatedPages } from "./pages.js";

for (const page of generatedPages) await writeFile(join(repositoryRoot(), page.path), await pageText(page));
