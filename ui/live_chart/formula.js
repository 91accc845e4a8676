// A visitor's formula of t, T and p as a JavaScript function, so that it is drawn before the server answers; part of
// chart.js. Null for all that the server refuses, which says in words why, and for comparisons added or negated, which
// NumPy takes for something else than numbers.
const SIGNS = /[ \t]*(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]\w*)|(\*\*|\/\/|[<>=!]=|[-+*/%(),<>]))[ \t]*/iy
const PLAIN = { t: "t", T: "T", p: "(t / T)", pi: "Math.PI" }
const TAKES = { abs: 1, ceil: 1, cos: 1, exp: 1, floor: 1, log: 1, sin: 1, sqrt: 1, tanh: 1, max: 2, min: 2, where: 3 }
const LONGEST_FORMULA = 300
const MOST_SIGNS = 100 // as schedulers/formula.py counts them
const OPERATORS = [["+", "-"], ["*", "/", "//", "%"]] // the weaker first; ** and signs bind more strongly
const COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]

function fromFormula(text, given) {
  try {
    const source = new Formula(text, given).whole()
    return new Function("floored", "remainder", `"use strict"; return (t, T, given) => +${source}`)(floored, remainder)
  } catch {
    return null // no formula, or a page that forbids compiling
  }
}

class Formula {
  constructor(text, given) {
    this.names = { ...PLAIN, ...Object.fromEntries(Object.keys(given).map((name) => [name, `given.${name}`])) }
    this.signs = text.trim().length > LONGEST_FORMULA ? [] : signsOf(text)
    this.place = 0
    this.count = 1
  }

  whole() {
    const { source } = this.comparison()
    if (this.place < this.signs.length) throw new SyntaxError()
    return source
  }

  // The next sign where it is one of these.
  take(...wanted) {
    return wanted.includes(this.signs[this.place]) ? this.signs[this.place++] : undefined
  }

  made(source, truth = false) {
    if (++this.count > MOST_SIGNS) throw new SyntaxError()
    return { source, truth }
  }

  comparison() {
    const left = this.joined(0)
    const sign = this.take(...COMPARISONS)
    return sign ? this.made(`(${left.source} ${sign} ${this.joined(0).source})`, true) : left
  }

  joined(level) {
    const inner = () => (level + 1 < OPERATORS.length ? this.joined(level + 1) : this.signed())
    let left = inner()
    for (let sign; (sign = this.take(...OPERATORS[level])); ) left = this.operated(left, sign, inner())
    return left
  }

  signed() {
    const sign = this.take("+", "-")
    if (!sign) return this.power()
    const { source } = onlyNumbers(this.signed())
    return this.made(`(${sign}${source})`)
  }

  power() {
    const left = this.value()
    return this.take("**") ? this.operated(left, "**", this.signed()) : left
  }

  operated(left, sign, right) {
    onlyNumbers(left, right)
    const named = { "//": "floored", "%": "remainder" }[sign]
    return this.made(named ? `${named}(${left.source}, ${right.source})` : `(${left.source} ${sign} ${right.source})`)
  }

  value() {
    if (this.take("(")) return this.closed(this.comparison())
    const sign = this.signs[this.place++] ?? ""
    if (Object.hasOwn(TAKES, sign)) return this.called(sign)
    if (Object.hasOwn(this.names, sign)) return this.made(this.names[sign])
    if (!/^(\.?\d)/.test(sign)) throw new SyntaxError()
    return this.made(`(${sign})`)
  }

  called(name) {
    if (!this.take("(")) throw new SyntaxError()
    const values = [this.comparison()]
    while (this.take(",")) values.push(this.comparison())
    if (values.length !== TAKES[name]) throw new SyntaxError()
    this.closed()
    this.count += 1 // its name
    const [first, ...others] = values.map(({ source }) => source)
    if (name === "where") return this.made(`(${first} != 0 ? ${others.join(" : ")})`, values[1].truth && values[2].truth)
    onlyNumbers(...values)
    return this.made(`Math.${name}(${[first, ...others]})`)
  }

  closed(inside) {
    if (!this.take(")")) throw new SyntaxError()
    return inside
  }
}

function signsOf(text) {
  const signs = []
  SIGNS.lastIndex = 0
  while (SIGNS.lastIndex < text.length) {
    const [, ...found] = SIGNS.exec(text) ?? []
    signs.push(found.find(Boolean) ?? "")
    if (!signs.at(-1)) throw new SyntaxError()
  }
  return signs
}

// Gives the first value back unless all of them are truths.
function onlyNumbers(...values) {
  if (values.every(({ truth }) => truth)) throw new SyntaxError()
  return values[0]
}

// Division as NumPy has it: the rest has the sign of what it is divided by.
const remainder = (one, other) => {
  const rest = one % other
  return rest && rest < 0 !== other < 0 ? rest + other : rest
}

const floored = (one, other) => {
  if (other == 0) return one / other
  const rest = one % other
  return Math.round((one - rest) / other) - (rest && rest < 0 !== other < 0 ? 1 : 0)
}
