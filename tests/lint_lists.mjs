// Prints the problems that awesome-lint finds in lists, as JSON by file: node lint_lists.mjs NODE_MODULES FILE...
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.resolve(modules, "awesome-lint", file)).href);
const { default: lint } = await load("index.js");
const { default: config } = await load("config.js");

const name = (plugin) => (Array.isArray(plugin) ? plugin[0] : plugin).name;
// This rule alone asks GitHub, about the repository and not about the text.
const offline = config.filter((plugin) => name(plugin) !== "remark-lint:awesome-github");
const problems = {};
for (const filename of files) {
    const [list] = await lint({ filename, config: offline });
    problems[filename] = list.messages.map(({ line, ruleId, reason }) => `${line} ${ruleId} ${reason}`);
}
console.log(JSON.stringify(problems));
