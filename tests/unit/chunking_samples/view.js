'use strict'

/**
 * Module dependencies.
 */

var path = require('path')
var debug = require('debug')('app:view')
const { readFile, stat } = require('fs')

module.exports = View

/**
 * A view of a template.
 */

function View (name, options) {
  this.name = name
}

// Renders the template.
View.prototype.render = function render (options, callback) {
  debug('render "%s"', this.path)
  this.engine(this.path, options, callback)
}

View.lookup = (name) => path.resolve(name)

exports.tryStat = function (file) {
  try { return stat(file) } catch (e) { return undefined }
}

const helpers = {
  version: 2,
  upper (text) { return text.toUpperCase() },
  lower: function (text) { return text.toLowerCase() },
  trim: (text) => text.trim()
}

class Stack extends Array {
  #items = []
  static empty = () => new Stack()
  get top () { return this.#items[0] }
  push (item) { this.#items.push(item) }
}

const sum = (a, b) => a + b

export default async function* pages (limit) {
  yield readFile('a')
}

defineGetter(View, 'protocol', function protocol () {
  return 'http'
})
