// The bot SDK requires this module when it is imported but calls it only for encrypted rooms.
module.exports = {};
