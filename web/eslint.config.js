import js from "@eslint/js";
import globals from "globals";

// Text that people wrote reaches the page as text, so what parses HTML is out altogether.
const parsesHTML = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "createContextualFragment", "srcdoc"];

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-coercion": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-properties": [
        "error",
        ...parsesHTML.map((property) => ({ property, message: "Use templates and textContent." })),
        { object: "document", property: "write", message: "Use templates and textContent." },
        { object: "document", property: "writeln", message: "Use templates and textContent." },
      ],
    },
  },
  { files: ["js/**"], languageOptions: { globals: globals.browser } },
  // The library knows of no page: it is at home in a worker, too.
  {
    files: ["lib/**"],
    languageOptions: { globals: globals.worker },
    rules: { "no-restricted-imports": ["error", { patterns: ["../*"] }] },
  },
  { files: ["test/**", "*.js"], languageOptions: { globals: globals.node } },
];
