import { install, run } from './install.mjs';

install();
run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.']);
run(process.execPath, ['scripts/env-example.mjs']);
run(process.execPath, ['scripts/access-table.mjs']);
run(process.execPath, ['scripts/openapi.mjs']);
