export * from "@capstan/plugin";
