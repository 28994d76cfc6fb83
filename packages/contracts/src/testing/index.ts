export { readSamples, sampleNameOf, sampleOf } from './samples';
