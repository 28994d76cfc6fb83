/** Runs the service that this image is for, in this process: so it gets the signals that stop it. */
const path = require('node:path');

const service = process.env.SERVICE || 'all-in-one';
require(path.join(__dirname, '..', 'services', service, 'dist', 'main.js'));
