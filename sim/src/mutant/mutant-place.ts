/** Names the mutant to a seed's process. */
export const mutantVariable = "CAPSTAN_MUTANT";

export const repositoryRoot = new URL("../../../", import.meta.url);
