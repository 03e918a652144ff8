import type { Project } from "./project.js";

/** Debian's Python and Ruby, whatever else the machine has. */
const debianPath = { PATH: `/usr/bin:/bin:${process.env["PATH"] ?? ""}` };

export const projects: readonly Project[] = [
  {
    name: "zod",
    framework: "vitest",
    source: { from: "npm", package: "zod@4.6.7" },
    files: ["src/v3/tests/*.test.ts", "src/v4/mini/tests/*.test.ts"],
    needs: { npm: ["vitest@4"] },
    plant: {
      "vitest.config.mjs": `export default { resolve: { conditions: ["@zod/source"] }, ssr: { resolve: { conditions: ["@zod/source"] } } };\n`,
    },
  },
  {
    name: "wordpress-url",
    framework: "vitest",
    source: { from: "npm", package: "@wordpress/url@4.56.0" },
    needs: { npm: ["vitest@4", "jsdom@27"] },
    plant: { "vitest.config.mjs": `export default { test: { environment: "jsdom" } };\n` },
  },
  {
    name: "wordpress-url-3",
    framework: "jest",
    source: { from: "npm", package: "@wordpress/url@3.59.0" },
    files: ["src/test/index.js"],
    needs: { npm: ["jest@30", "jest-environment-jsdom@30", "@babel/core@7", "@babel/preset-env@7"] },
    plant: {
      "jest.config.json": `{ "testEnvironment": "jsdom", "testMatch": ["**/src/test/index.js"] }\n`,
      ".babelrc": `{ "presets": [["@babel/preset-env", { "targets": { "node": "current" } }]] }\n`,
    },
  },
  {
    name: "commander",
    framework: "jest",
    source: { from: "debian", package: "node-commander" },
    needs: { npm: ["jest@30", "ts-jest@29", "typescript@5", "@types/jest@30", "@types/node@20"] },
  },
  {
    name: "express",
    framework: "mocha",
    source: { from: "debian", package: "node-express" },
    files: ["test/*.js", "test/acceptance/*.js"],
    needs: {
      npm: [
        "mocha@11",
        "after@0.8",
        "connect-redis@3",
        "cookie-parser@1",
        "cookie-session@2",
        "ejs@3",
        "express-session@1",
        "hbs@4",
        "marked@0.7",
        "method-override@3",
        "morgan@1",
        "multiparty@4",
        "pbkdf2-password@1",
        "supertest@6",
        "vhost@3",
      ],
    },
    plant: { ".mocharc.json": `{ "require": "test/support/env", "check-leaks": true }\n` },
  },
  {
    name: "deep-eql",
    framework: "mocha",
    source: { from: "debian", package: "node-deep-eql" },
    files: ["test/*.js"],
    needs: { npm: ["mocha@11", "simple-assert@1", "@js-temporal/polyfill@0.4", "kewlr@0.4"] },
  },
  {
    name: "find-my-way",
    framework: "node-test",
    source: { from: "npm", package: "find-my-way@9.10.2" },
    files: ["test/**/*.test.js"],
    needs: { npm: ["proxyquire@2", "rfdc@1"] },
  },
  {
    name: "light-my-request",
    framework: "node-test",
    source: { from: "npm", package: "light-my-request@6.8.1" },
    files: ["test/*.test.js"],
    needs: {
      npm: [
        "@fastify/ajv-compiler@4",
        "end-of-stream@1",
        "express@5",
        "form-auto-content@3",
        "form-data@4",
        "formdata-node@6",
        "multer@2",
        "undici@7",
      ],
    },
  },
  {
    name: "hashie",
    framework: "rspec",
    source: { from: "debian", package: "ruby-hashie" },
    files: ["spec/hashie/**/*_spec.rb", "spec/*_spec.rb"],
    needs: { debian: ["ruby-rspec", "ruby-rspec-pending-for", "ruby-activesupport", "pry"] },
    plant: { Gemfile: undefined },
    env: debianPath,
  },
  {
    name: "jinja2",
    framework: "pytest",
    source: { from: "debian", package: "jinja2" },
    files: ["tests/test_*.py"],
    needs: { debian: ["python3-pytest", "python3-markupsafe"] },
    plant: {
      "pytest.ini":
        "[pytest]\npythonpath = src\nfilterwarnings =\n  error\n  ignore:The loop argument:DeprecationWarning\n",
    },
    env: debianPath,
  },
];
