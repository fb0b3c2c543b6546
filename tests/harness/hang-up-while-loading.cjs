// To be required by a program: it gets a SIGHUP when it loads one of the packages that every service needs.
const Module = require('node:module');

const load = Module._load;
Module._load = function (request, ...rest) {
  if (request.includes('node_modules/express/') || request === 'express') {
    Module._load = load;
    process.kill(process.pid, 'SIGHUP');
  }
  return load.call(this, request, ...rest);
};
