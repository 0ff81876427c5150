// HEALTHCHECK of an image: node healthcheck.mjs NAME ends with 0 when the service on the port in the variable NAME is ready.
const [name] = process.argv.slice(2);
try {
  const answer = await fetch(`http://127.0.0.1:${process.env[name]}/readyz`);
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
