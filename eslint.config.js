import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "runs/", "node_modules/", ".dependency-cruiser.cjs"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      // Engines answer with promises by contract, also where nothing is awaited.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    // node:test's describe and it return promises that the runner itself awaits.
    files: ["test/**"],
    rules: { "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [{ from: "package", name: ["it", "describe", "test", "before", "after"], package: "node:test" }] }] },
  },
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
);
