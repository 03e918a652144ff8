import { join } from "node:path";
import { repositoryRoot } from "../repository.js";
import { bundleModule } from "./bundle.js";
import { projectFolders } from "./projects.js";
import { pruneOutput } from "./prune.js";

/** Modules through which a library of hundreds of files comes in. */
const doors = ["packages/protocol/dist/schema/typebox.js"];

const root = repositoryRoot();
for (const project of projectFolders(root)) pruneOutput(project);
for (const door of doors) await bundleModule(join(root, door));
