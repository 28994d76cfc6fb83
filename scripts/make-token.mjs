#!/usr/bin/env node
// npm run token -- --sub alice --role writer [--colleague mediator/id] [--expires 1h]
//
// Makes a token that services take under AUTH_MODE=jwt, signed with JWT_SECRET (HS256) of the environment or of .env, and
// prints it. JWT_ISSUER and JWT_AUDIENCE go into it where they are set.
import { createHmac } from 'node:crypto';
import { parseArgs } from 'node:util';

const usage =
  'npm run token -- --sub NAME --role reader|writer|operator|admin [--colleague MEDIATOR/ID] [--expires 1h]';
const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 };

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function readArguments() {
  const text = { type: 'string' };
  try {
    return parseArgs({ options: { sub: text, role: text, colleague: text, expires: text } }).values;
  } catch (error) {
    return fail(`${error.message}\n${usage}`);
  }
}

function readEnvironment() {
  try {
    process.loadEnvFile();
  } catch {
    // there need not be one
  }
  const { JWT_SECRET: secret = '', JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = process.env;
  if (Buffer.byteLength(secret) < 32)
    fail('JWT_SECRET must be set, to 32 bytes at least: openssl rand -base64 48');
  return { secret, issuer, audience };
}

const { sub, role, colleague, expires = '1h' } = readArguments();
if (!sub) fail(`--sub is missing: whose token is it?\n${usage}`);
if (!['reader', 'writer', 'operator', 'admin'].includes(role)) {
  fail(`--role must be reader, writer, operator or admin; each includes those before it\n${usage}`);
}
if (colleague !== undefined && !/^[^\s/]+\/[^\s/]+$/.test(colleague)) {
  fail(`--colleague must be the name of a mediator, a slash, and the id of a colleague\n${usage}`);
}
const [, count, unit] =
  /^(\d{1,6})([smhd])$/.exec(expires) ?? fail(`--expires must be like 30m, 1h or 1d\n${usage}`);

const { secret, issuer, audience } = readEnvironment();
const now = Math.floor(Date.now() / 1000);
const claims = {
  sub,
  roles: [role],
  ...(colleague && { colleague }),
  iat: now,
  exp: now + Number(count) * unitSeconds[unit],
  ...(issuer && { iss: issuer }),
  ...(audience && { aud: audience }),
};
const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
console.log(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
