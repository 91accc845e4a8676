// Playing back a run: the bar under a chart, and the update up to which its points are shown; part of chart.js.
const PLAY_SECONDS = 6

class Playback {
  constructor(chart) {
    this.chart = chart
    this.position = Infinity // the update up to which points are shown; Infinity is the live end
    this.last = 0 // the last update that the figure has
    this.playing = false
  }

  get atEnd() {
    return this.position >= this.last
  }

  // Takes the figure's traces, which show the live end unless somebody plays.
  take(traces) {
    this.last = Math.max(0, ...traces.map((trace) => trace.lastUpdate ?? 0))
    if (!this.playing) this.position = Infinity
  }

  receive(data) {
    if (data.playback === null) {
      this.pause()
      this.bar?.root.remove()
      this.bar = null
      return
    }
    if (!this.bar) {
      this.bar = this.makeBar(data.words)
      this.chart.root.appendChild(this.bar.root)
    }
    this.bar.root.classList.toggle("live-chart-off", !data.playback)
    for (const control of [this.bar.play, this.bar.scrub, this.bar.speed]) control.disabled = !data.playback
    if (!data.playback && this.playing) this.pause()
    if (!data.playback) this.position = Infinity
  }

  makeBar(words) {
    const root = element("div", "live-chart-bar", { role: "group", "aria-label": words.playback })
    const play = root.appendChild(element("button", "live-chart-button live-chart-play", { type: "button" }))
    const scrub = root.appendChild(element("input", "live-chart-scrub", { type: "range", min: 0, step: 1, "aria-label": words.position }))
    const shown = root.appendChild(element("output", "live-chart-shown"))
    const speed = root.appendChild(element("select", "live-chart-speed", { "aria-label": words.speed }))
    for (const times of [0.5, 1, 2, 5, 10]) speed.add(new Option(`${times}×`, times, times === 1, times === 1))
    play.addEventListener("click", () => (this.playing ? this.pause() : this.play()))
    scrub.addEventListener("input", () => {
      this.position = Number(scrub.value) // before pause, which puts the slider where the position is
      this.pause()
      this.chart.draw()
    })
    return { root, play, scrub, shown, speed }
  }

  play() {
    if (this.position >= this.last) this.position = 0
    this.playing = true
    let before = null
    // With reduced motion asked for, the curve grows in steps of half a second instead of gliding.
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
    const frame = async (now) => {
      if (!this.playing || !this.chart.root.isConnected) return
      if (before === null || !calm || now - before >= 500) {
        const passed = before === null ? 0 : (now - before) / 1000
        before = now
        this.position += (this.last * passed * Number(this.bar.speed.value)) / PLAY_SECONDS
        if (this.position >= this.last) {
          this.position = Infinity
          this.playing = false
        }
        await this.chart.draw()
      }
      if (this.playing) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    this.show()
  }

  pause() {
    this.playing = false
    this.show()
  }

  show() {
    if (!this.bar || this.last === undefined) return
    const { play, scrub, shown } = this.bar
    const { words, playback } = this.chart.data
    const update = Math.floor(Math.min(this.position, this.last))
    const text = words.shown.replace("{update}", update.toLocaleString("en")).replace("{last}", this.last.toLocaleString("en"))
    play.textContent = this.playing ? "❚❚" : "▶"
    play.title = this.playing ? words.pause : words.play
    play.setAttribute("aria-label", play.title)
    scrub.max = this.last
    scrub.value = update
    scrub.setAttribute("aria-valuetext", text)
    shown.textContent = playback ? text : ""
  }
}
