import { repositoryRoot } from "../repository.js";
import { projectFolders } from "./projects.js";
import { pruneOutput } from "./prune.js";

for (const project of projectFolders(repositoryRoot())) pruneOutput(project);
