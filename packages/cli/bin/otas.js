#!/usr/bin/env node
// It is here before anything was built, so that an installation can link to it.
require('../dist/main.js');
