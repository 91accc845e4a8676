// A curve through points that are dragged or moved by keyboard. The browser draws while a point moves; the server takes
// the points when it rests. What must outlive a rerun is in `boards`.
const boards = new WeakMap()
const SVG = "http://www.w3.org/2000/svg"
const HEIGHT = 260
const EDGE = { left: 46, right: 14, top: 10, bottom: 40 }
const LEAST = 0.001 // the least share of the run between two points
const REST = 300 // milliseconds without a key before the server hears of it
const ANSWER = 3000 // milliseconds after which points that the server has not drawn were refused

export default function ({ parentElement, data, setStateValue }) {
  let board = boards.get(parentElement)
  if (!board) {
    board = new Board(parentElement, data)
    boards.set(parentElement, board)
  }
  board.receive(data, setStateValue)
  return () => {
    board.remove()
    boards.delete(parentElement)
  }
}

class Board {
  constructor(parent, data) {
    this.chosen = 0
    this.root = document.createElement("div")
    this.root.className = "drawing-board"
    this.svg = node("svg", { role: "group", "aria-label": data.words.board })
    this.root.append(this.svg)
    this.curve = null
    const tools = document.createElement("div")
    tools.className = "tools"
    this.adder = button(data.words.add, () => this.add())
    this.remover = button(data.words.remove, () => this.drop())
    this.places = ["share", "height"].map((what, axis) => field(data.words[what], (node) => this.put(node, axis), () => this.draw()))
    const hint = document.createElement("span")
    hint.className = "hint"
    hint.textContent = data.words.hint
    this.legend = document.createElement("legend")
    const places = document.createElement("fieldset")
    places.append(this.legend, ...this.places.map((place) => place.parentElement))
    tools.append(places, this.adder, this.remover, hint)
    this.root.append(tools)
    parent.append(this.root)
    this.svg.addEventListener("dblclick", (event) => {
      if (!event.target.closest(".point")) this.add(this.valueAt(event))
    })
    this.sized = new ResizeObserver(() => this.draw())
    this.sized.observe(this.root)
  }

  receive(data, send) {
    this.data = data
    this.send = send
    const text = writtenPoints(data.points)
    // While the visitor is at work, an answer to what was sent before must not take the newer points back.
    if (!this.moving && !this.waiting && text !== this.text) {
      this.points = data.points.map((point) => [...point])
      this.text = text
      this.chosen = Math.min(this.chosen, this.points.length - 1)
    }
    this.draw()
  }

  x(share) { return EDGE.left + share * (this.width - EDGE.left - EDGE.right) }
  y(height) { return HEIGHT - EDGE.bottom - height * (HEIGHT - EDGE.top - EDGE.bottom) }

  valueAt(event) {
    const box = this.svg.getBoundingClientRect()
    const share = (event.clientX - box.left - EDGE.left) / (this.width - EDGE.left - EDGE.right)
    const height = (HEIGHT - EDGE.bottom - (event.clientY - box.top)) / (HEIGHT - EDGE.top - EDGE.bottom)
    return [clamp(share, 0, 1), clamp(height, 0, 1)]
  }

  draw() {
    this.width = this.root.clientWidth
    if (!this.points || this.width < 80) return
    if (this.drawnWidth !== this.width || this.drawnCount !== this.points.length) this.build()
    this.curve.setAttribute("stroke", this.data.colour)
    const steps = Math.max(100, Math.round(this.width / 2))
    const at = interpolated(this.points, this.data.between)
    let path = ""
    for (let step = 0; step <= steps; step++) {
      path += `${step ? "L" : "M"}${this.x(step / steps).toFixed(1)} ${this.y(at(step / steps)).toFixed(1)}`
    }
    this.curve.setAttribute("d", path)
    this.points.forEach(([share, height], index) => {
      const handle = this.handles[index]
      const { words } = this.data
      handle.setAttribute("transform", `translate(${this.x(share)} ${this.y(height)})`)
      handle.classList.toggle("chosen", index === this.chosen)
      handle.querySelector(".knob").setAttribute("fill", this.data.colour)
      handle.setAttribute("aria-label", filled(words.point, { number: index + 1, count: this.points.length }))
      handle.setAttribute("aria-valuenow", percent(height))
      handle.setAttribute("aria-valuetext", filled(words.place, { share: percent(share), height: percent(height) }))
    })
    const point = { number: this.chosen + 1, count: this.points.length }
    this.legend.textContent = filled(this.data.words.point, point)
    this.places.forEach((place, axis) => {
      const [low, high] = this.room(this.chosen, axis)
      Object.assign(place, { min: percent(low), max: percent(high) })
      if (place.getRootNode().activeElement !== place) place.value = percent(this.points[this.chosen][axis])
    })
    this.adder.disabled = this.points.length >= this.data.most
    this.remover.disabled = this.points.length <= 2
  }

  build() {
    this.drawnWidth = this.width
    this.drawnCount = this.points.length
    const { words } = this.data
    const focused = this.handles?.indexOf(this.root.getRootNode().activeElement) ?? -1
    this.svg.replaceChildren()
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      this.svg.append(node("line", { class: "grid", x1: this.x(0), x2: this.x(1), y1: this.y(part), y2: this.y(part) }))
      this.svg.append(node("line", { class: "grid", x1: this.x(part), x2: this.x(part), y1: this.y(0), y2: this.y(1) }))
      this.label(this.x(part), HEIGHT - EDGE.bottom + 17, part === 1 ? "end" : part === 0 ? "start" : "middle", `${100 * part} %`)
      if (part > 0) this.label(EDGE.left - 6, this.y(part) + 4, "end", `${100 * part} %`)
    }
    this.label(this.x(0.5), HEIGHT - 4, "middle", words.run)
    const upright = this.label(0, 0, "middle", words.peak)
    upright.setAttribute("transform", `translate(-2 ${this.y(0.5)}) rotate(-90)`)
    upright.setAttribute("dy", "0.7em")
    if (this.width < 480) upright.remove()
    this.curve = this.svg.appendChild(node("path", { class: "curve" }))
    this.handles = this.points.map((_, index) => this.handle(index))
    this.svg.append(...this.handles)
    if (focused >= 0) this.handles[Math.min(focused, this.handles.length - 1)].focus()
  }

  label(x, y, anchor, text) {
    const label = this.svg.appendChild(node("text", { x, y, "text-anchor": anchor, "aria-hidden": "true" }))
    label.textContent = text
    return label
  }

  handle(index) {
    const handle = node("g", { class: "point", tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 100 })
    handle.append(
      node("circle", { class: "reach", r: 22 }), // as large as a finger
      node("circle", { class: "ring", r: 13 }),
      node("circle", { class: "knob", r: 8 }),
    )
    handle.addEventListener("focus", () => {
      this.chosen = index
      this.draw()
    })
    handle.addEventListener("keydown", (event) => this.key(event, index))
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId)
      // A field that is left by this is about the point chosen before. Without preventScroll the board would move away.
      handle.focus({ preventScroll: true })
      this.moving = true
      event.preventDefault()
    })
    handle.addEventListener("pointermove", (event) => {
      if (this.moving && handle.hasPointerCapture(event.pointerId)) this.move(index, ...this.valueAt(event))
    })
    for (const end of ["pointerup", "pointercancel"]) {
      handle.addEventListener(end, () => {
        if (!this.moving) return
        this.moving = false
        this.tell()
      })
    }
    return handle
  }

  key(event, index) {
    const [share, height] = this.points[index]
    const step = event.shiftKey ? 0.1 : 0.01
    const moves = {
      ArrowLeft: [share - step, height], ArrowRight: [share + step, height],
      ArrowUp: [share, height + step], ArrowDown: [share, height - step],
      PageUp: [share, height + 0.1], PageDown: [share, height - 0.1], Home: [share, 1], End: [share, 0],
    }
    if (moves[event.key]) this.move(index, ...moves[event.key])
    else if (event.key === "Delete" || event.key === "Backspace") return this.drop()
    else return
    event.preventDefault()
    this.tellSoon()
  }

  // Where a point may lie: between its neighbours, or where it is, and from nothing to the peak.
  room(index, axis) {
    if (axis === 1) return [0, 1]
    const share = this.points[index][0]
    const before = index > 0 ? this.points[index - 1][0] + LEAST : 0
    const after = index < this.points.length - 1 ? this.points[index + 1][0] - LEAST : 1
    return [Math.min(before, share), Math.max(after, share)]
  }

  // Takes a number that was typed, in percent; the browser says what is wrong with one that is not allowed.
  put(place, axis) {
    if (!place.value || !place.reportValidity()) return
    const point = [...this.points[this.chosen]]
    if (percent(point[axis]) === Number(place.value)) return
    point[axis] = Number(place.value) / 100
    this.move(this.chosen, ...point)
    this.tellSoon()
  }

  move(index, share, height) {
    this.points[index] = [clamp(share, ...this.room(index, 0)), clamp(height, 0, 1)]
    this.draw()
    this.chart()?.write(this.data.curve, writtenPoints(this.points))
  }

  // Adds a point there, or in the middle of the widest gap.
  add(value) {
    if (this.points.length >= this.data.most) return
    if (!value) {
      const gaps = this.points.slice(1).map(([share], index) => share - this.points[index][0])
      const widest = gaps.indexOf(Math.max(...gaps))
      const share = this.points[widest][0] + gaps[widest] / 2
      value = [share, interpolated(this.points, this.data.between)(share)]
    }
    if (this.points.some(([share]) => Math.abs(share - value[0]) < LEAST)) return
    this.chosen = this.points.filter(([share]) => share < value[0]).length
    this.points.splice(this.chosen, 0, value)
    this.draw()
    this.handles[this.chosen].focus()
    this.tell()
  }

  drop() {
    if (this.points.length <= 2) return
    this.points.splice(this.chosen, 1)
    this.chosen = Math.min(this.chosen, this.points.length - 1)
    this.draw()
    if (this.remover.disabled) this.handles[this.chosen].focus()
    this.tell()
  }

  chart() {
    return window.ratescopeCharts?.get(this.data.chart)
  }

  tellSoon() {
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.tell(), REST)
  }

  tell() {
    clearTimeout(this.waiting)
    this.waiting = null
    const text = writtenPoints(this.points)
    if (text === this.text) {
      this.chart()?.unchoose(this.data.curve, text)
      return
    }
    this.text = text
    this.chart()?.write(this.data.curve, text, ANSWER)
    this.send("points", text)
  }

  remove() {
    clearTimeout(this.waiting)
    this.sized.disconnect()
    this.root.remove()
  }
}

const percent = (value) => Math.round(10_000 * value) / 100
const filled = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name])

function node(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function field(text, act, left) {
  const label = document.createElement("label")
  const made = Object.assign(document.createElement("input"), { type: "number", step: "any" })
  label.append(text, made)
  made.addEventListener("change", () => act(made))
  made.addEventListener("blur", left)
  return made
}

function button(text, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = text
  made.addEventListener("click", act)
  return made
}
