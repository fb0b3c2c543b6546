// To be required by a program: when it ends, it prints the packages that it has loaded, of those in CommonJS.
const { writeSync } = require('node:fs');
const Module = require('node:module');

process.on('exit', () => {
  const names = Object.keys(Module._cache).flatMap(
    (file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  writeSync(process.stderr.fd, `loaded: ${[...new Set(names)].join(' ')}\n`);
});
