// SPDX-License-Identifier: AGPL-3.0-or-later
// The choices on the page about a linkage: a pair, a pattern, a threshold, a cluster. All
// text is set as text; nothing is loaded or sent.
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  document.documentElement.classList.add('js');

  function byId(id) { return document.getElementById(id); }
  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function number(value) {
    if (value === null) return '\u2013';
    var text = Math.abs(value).toFixed(2);
    return value < 0 && text !== '0.00' ? '\u2212' + text : text;
  }
  function weight(value) { return value !== null && value >= 0.005 ? '+' + number(value) : number(value); }
  function fill(text, values) {
    return text.replace(/\{(\d)\}/g, function (all, i) { return values[i - 1]; });
  }
  function clear(element) { while (element.firstChild) element.removeChild(element.firstChild); }

  // A round axis over low and high, 0 inside, as the still page has it.
  function axisOver(low, high) {
    low = Math.min(Math.max(low, -60), 0);
    high = Math.max(Math.min(high, 60), 0);
    if (high - low < 1e-9) high = low + 1;
    var step = 1, rough = (high - low) / 6;
    var power = Math.pow(10, Math.floor(Math.log10(rough)));
    [1, 2, 5, 10].some(function (k) { step = k * power; return step >= rough * 0.999; });
    return { low: Math.floor(low / step + 1e-9) * step, high: Math.ceil(high / step - 1e-9) * step, step: step };
  }
  function at(axis, value) {
    return Math.min(Math.max(100 * (value - axis.low) / (axis.high - axis.low), 0), 100);
  }

  function partsOf(pair) {
    var parts = [], words = data.words, n = data.comparisons.length;
    parts.push([words.prior, '', pair.parts[0], 'plain']);
    data.comparisons.forEach(function (comparison, c) {
      var level = comparison.levels[pair.levels[c]];
      parts.push([comparison.name, level[0], pair.parts[c + 1]]);
      if (pair.tf[c]) parts.push([comparison.name, words.tf, pair.tf[c]]);
    });
    if (pair.parts[n + 1]) parts.push([words.dependence, '', pair.parts[n + 1]]);
    var sum = parts.reduce(function (s, part) { return s + (part[2] || 0); }, 0);
    if (Math.abs(pair.weight - sum) > 0.005 * parts.length + 0.005)
      parts.push([words.calibration, '', pair.weight - sum, 'plain']);
    return parts;
  }

  function bar(axis, from, to, className, joined) {
    var cell = make('td', 'bar'), track = make('span', 'track'), mark = make('i', className);
    var a = at(axis, from), b = at(axis, to);
    if (joined) {
      var before = make('u'), after = make('u', 'after');
      before.style.left = a + '%';
      after.style.left = b + '%';
      track.appendChild(before);
      track.appendChild(after);
    }
    mark.style.left = Math.min(a, b) + '%';
    mark.style.width = Math.abs(b - a) + '%';
    track.appendChild(mark);
    cell.appendChild(track);
    return cell;
  }

  function drawWaterfall(pair) {
    var table = byId('waterfall');
    if (!table) return;
    var parts = partsOf(pair), sum = 0, low = Math.min(0, pair.weight), high = Math.max(0, pair.weight);
    parts.forEach(function (part) {
      sum += part[2] || 0;
      low = Math.min(low, sum);
      high = Math.max(high, sum);
    });
    var axis = axisOver(low, high), body = table.tBodies[0], labels = table.querySelector('.axis');
    table.style.setProperty('--zero', at(axis, 0) + '%');
    table.style.setProperty('--step', 100 * axis.step / (axis.high - axis.low) + '%');
    clear(labels);
    var first = Math.round(axis.low / axis.step), last = Math.round(axis.high / axis.step);
    var stride = last - first > 4 ? 2 : 1, many = Math.floor((last - first) / stride) >= 4;
    for (var i = first; i <= last; i++) {
      if (i % stride) continue;
      var value = i * axis.step;
      var label = make('b', many && i / stride % 2 ? 'wideonly' : '', String(+value.toFixed(6)).replace('-', '\u2212'));
      label.style.left = at(axis, value) + '%';
      labels.appendChild(label);
    }
    clear(body);
    sum = 0;
    parts.forEach(function (part) {
      var row = make('tr'), head = make('th', '', part[0]);
      head.scope = 'row';
      if (part[1]) head.appendChild(make('small', '', part[1]));
      row.appendChild(head);
      var value = part[2] || 0;
      row.appendChild(bar(axis, sum, sum + value, part[3] || (value < 0 ? 'down' : 'up'), true));
      sum += value;
      row.appendChild(make('td', 'n', weight(part[2])));
      row.appendChild(make('td', 'n wideonly', number(sum)));
      body.appendChild(row);
    });
    var total = make('tr', 'total'), name = make('th', '', data.words.final);
    name.scope = 'row';
    total.appendChild(name);
    total.appendChild(bar(axis, 0, pair.weight, 'whole', false));
    total.appendChild(make('td', 'n', weight(pair.weight)));
    total.appendChild(make('td', 'wideonly'));
    body.appendChild(total);
  }

  // Pieces are the same and different by turns.
  function putPieces(cell, pieces, known) {
    clear(cell);
    if (!pieces.join('')) cell.appendChild(make('span', 'mute', '\u2013'));
    pieces.forEach(function (piece, i) {
      if (!piece) return;
      cell.appendChild(i % 2 && known ? make('mark', '', piece) : document.createTextNode(piece));
    });
  }

  function drawRecords(pair) {
    var table = byId('records'), heads = table.tHead.rows[0].cells;
    [[heads[1], 0], [heads[3], 2]].forEach(function (side) {
      var small = side[0].querySelector('small');
      clear(small);
      small.appendChild(document.createTextNode(pair.records[side[1]]));
      small.appendChild(make('br'));
      small.appendChild(document.createTextNode(pair.records[side[1] + 1]));
    });
    Array.prototype.forEach.call(table.tBodies[0].rows, function (row, f) {
      var left = pair.values[f][0], right = pair.values[f][1];
      var known = left.join('') !== '' && right.join('') !== '';
      var equal = known && left.join('') === right.join('');
      row.className = equal ? 'equal' : '';
      putPieces(row.cells[1], left, known);
      row.cells[2].textContent = !known ? '' : equal ? '=' : '\u2260';
      putPieces(row.cells[3], right, known);
    });
  }

  function side(value) {
    return data.cut === null ? '' : value >= data.cut ? data.words.link : data.words.noLink;
  }
  function say(text, value) {
    var line = byId('verdict');
    if (!line) return;
    line.querySelector('b').textContent = text;
    line.querySelector('span').textContent = side(value);
  }

  // Of the buttons of a table one can be reached by Tab, the others by the arrow keys.
  function list(table, show) {
    if (!table) return { choose: function () {} };
    var buttons = Array.prototype.slice.call(table.querySelectorAll('.pick')), now = 0;
    function choose(i, follow) {
      buttons[now].tabIndex = -1;
      buttons[now].closest('tr').classList.remove('chosen');
      now = i;
      buttons[now].tabIndex = 0;
      buttons[now].closest('tr').classList.add('chosen');
      if (follow) {
        var row = buttons[now].closest('tr'), box = table.parentElement;
        var top = row.offsetTop - table.tHead.offsetHeight;
        if (top < box.scrollTop) box.scrollTop = top;
        if (row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight)
          box.scrollTop = row.offsetTop + row.offsetHeight - box.clientHeight;
      }
    }
    buttons.forEach(function (button, i) {
      button.tabIndex = i === 0 ? 0 : -1;
      button.addEventListener('click', function (event) {
        event.preventDefault();
        choose(i, false);
        show(i);
      });
      button.addEventListener('keydown', function (event) {
        var to = event.key === 'ArrowDown' ? i + 1 : event.key === 'ArrowUp' ? i - 1 :
          event.key === 'Home' ? 0 : event.key === 'End' ? buttons.length - 1 : -1;
        if (to < 0 || to >= buttons.length) return;
        event.preventDefault();
        choose(to, false);
        buttons[to].focus();
        show(to);
      });
    });
    return { choose: choose };
  }

  var slider = byId('pair-slider'), records = byId('records');
  var patterns = list(byId('patterns'), showPattern);

  function patternOf(pair) {
    for (var i = 0; i < data.patterns.length; i++)
      if (data.patterns[i].levels.join() === pair.levels.join()) return i;
    return -1;
  }
  function showPair(i, follow) {
    var pair = data.pairs[i];
    records.closest('figure').hidden = false;
    slider.value = i;
    slider.setAttribute('aria-valuetext', weight(pair.weight));
    say(fill(data.words.pairOf, [i + 1, data.pairs.length, weight(pair.weight), pair.probability]), pair.weight);
    drawRecords(pair);
    drawWaterfall(pair);
    var pattern = patternOf(pair);
    if (follow && pattern >= 0) patterns.choose(pattern, true);
  }
  function showPattern(i) {
    var pattern = data.patterns[i];
    if (!data.pairs.length) return;
    if (pattern.example >= 0) {
      showPair(pattern.example, false);
      return;
    }
    records.closest('figure').hidden = true;
    say(fill(data.words.patternOf, [weight(pattern.weight), pattern.probability, pattern.pairs]), pattern.weight);
    var parts = [data.prior], tf = [];
    data.comparisons.forEach(function (comparison, c) {
      parts.push(comparison.levels[pattern.levels[c]][1] || 0);
      tf.push(0);
    });
    parts.push(pattern.dependence);
    drawWaterfall({ weight: pattern.weight, parts: parts, tf: tf, levels: pattern.levels });
  }
  if (slider) {
    slider.addEventListener('input', function () { showPair(+slider.value, true); });
    [['pair-before', -1], ['pair-after', 1]].forEach(function (button) {
      byId(button[0]).addEventListener('click', function () {
        var to = +slider.value + button[1];
        if (to >= 0 && to < data.pairs.length) showPair(to, true);
      });
    });
    showPair(0, true);
  }

  var threshold = byId('threshold-slider');
  function showThreshold() {
    var values = data.thresholds[+threshold.value], cells = byId('threshold-now').querySelectorAll('dd');
    threshold.setAttribute('aria-valuetext', values[1]);
    for (var i = 0; i < cells.length; i++) cells[i].textContent = values[i + 1];
    Array.prototype.forEach.call(document.querySelectorAll('#threshold-figure .cut'), function (line) {
      var d = line.dataset, share = (values[0] - d.min) / (d.max - d.min);
      share = Math.min(Math.max(share, 0), 1);
      line.setAttribute('transform', 'translate(' + (+d.from + share * (d.to - d.from)) + ' 0)');
      var text = line.querySelector('text');
      text.setAttribute('text-anchor', share > 0.5 ? 'end' : 'start');
      text.setAttribute('x', share > 0.5 ? -5 : 5);
    });
  }
  // The thumb stands under the line: the slider is as wide as the axis.
  function fitThreshold() {
    Array.prototype.forEach.call(document.querySelectorAll('#threshold-figure svg'), function (svg) {
      var line = svg.querySelector('.cut'), width = svg.getBoundingClientRect().width;
      if (!line || !width) return;
      var scale = width / svg.viewBox.baseVal.width;
      var left = line.dataset.from * scale, span = (line.dataset.to - line.dataset.from) * scale;
      var d = line.dataset, first = data.thresholds[0][0], last = data.thresholds[data.thresholds.length - 1][0];
      var begin = (first - d.min) / (d.max - d.min), end = (last - d.min) / (d.max - d.min);
      threshold.style.flex = 'none';
      threshold.style.marginLeft = left + span * begin - 8 + 'px';
      threshold.style.width = span * (end - begin) + 16 + 'px';
    });
  }
  if (threshold) {
    threshold.addEventListener('input', showThreshold);
    window.addEventListener('resize', fitThreshold);
    fitThreshold();
  }

  var panels = byId('panels');
  if (panels) {
    list(document.querySelector('#looks table'), function (i) {
      Array.prototype.forEach.call(panels.children, function (panel, k) {
        panel.classList.toggle('chosen', k === i);
      });
    });
  }
}());
