// Prints the scenarios of a gherkin file as JSON, one for each row of examples. The parser is an ES module, which jest
// does not load, so this runs as a process of its own.
import { readFileSync } from 'node:fs';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator } from '@cucumber/messages';

const [, , file] = process.argv;
const newId = IdGenerator.incrementing();
const parser = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher());
process.stdout.write(JSON.stringify(compile(parser.parse(readFileSync(file, 'utf8')), file, newId)));
