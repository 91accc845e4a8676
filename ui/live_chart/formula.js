// A visitor's formula of t, T and p as a JavaScript function, so that it is drawn before the server answers; part of
// chart.js. Only the notation is translated, sign by sign; null for what the two languages compute differently (// and %)
// and for all that is no formula: the server then says what is wrong with it.
const SIGNS = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]\w*)|(\*\*|[<>=!]=|[-+*/(),<>]))\s*/iy
const MEANINGS = {
  t: "t", T: "T", p: "(t / T)", pi: "Math.PI", where: "((test, yes, no) => (test ? yes : no))",
  ...Object.fromEntries(["abs", "ceil", "cos", "exp", "floor", "log", "max", "min", "sin", "sqrt", "tanh"].map((name) => [name, `Math.${name}`])),
}

function fromFormula(text, given) {
  const names = { ...MEANINGS, ...Object.fromEntries(Object.keys(given).map((name) => [name, `given.${name}`])) }
  const parts = []
  SIGNS.lastIndex = 0
  while (SIGNS.lastIndex < text.length) {
    const [, number, name, sign] = SIGNS.exec(text) ?? []
    if (!(number ?? name ?? sign) || (name && !Object.hasOwn(names, name)) || (sign === "/" && parts.at(-1) === "/")) return null
    parts.push(name ? names[name] : number ?? sign)
  }
  try {
    return new Function("t", "T", "given", `"use strict"; return ${parts.join(" ") || "NaN"}`)
  } catch {
    return null // such as -2 ** 2, or a page that forbids compiling
  }
}
