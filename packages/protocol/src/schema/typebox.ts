/*
 * The door to typebox, which is some 700 modules: a process that loads them one by one spends half a second of processor
 * time on it. The build puts what this module needs of them into it (`tools/output/bundle.ts`).
 */
export { default as Type } from "typebox";
export { Compile } from "typebox/compile";
