-- Clients choose the content of an order, and its metadata may have line
-- breaks.  So these functions read its text from the start, and never search
-- it.
-- Sets behind, first, plain, buyer_of, item_of.

-- Returns the position behind so many lines of the text.  The order begins
-- behind two lines for each event of a record, and behind one line of a hold.
local function behind(text, lines)
  local at = 1
  for _ = 1, lines do at = string.find(text, '\n', at, true) + 1 end
  return at
end

-- Matches the line of the first event, in a record whose latest event has that
-- sequence.  The pattern begins with `^`.
local function first(record, seq, pattern)
  return string.match(record, pattern, behind(record, 2 * seq - 2))
end

-- Returns a name in the form that keys and fields have.  The order escapes a
-- quote as \u0022 and a backslash as \u005c, and nothing else.
local function plain(name)
  return (string.gsub(name, '\\u00(%x%x)', function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

-- Returns the buyer of the order that begins at `at`, and the position of its
-- items.
local function buyer_of(text, at)
  local buyer, items = string.match(text,
    '^{"buyer_id":"([^"]*)","items":%[()', at)
  return buyer and plain(buyer), items
end

-- Returns the SKU of the item that begins at `at`, its quantity, and the
-- position of the next one; nothing if the items have ended.
local function item_of(text, at)
  local sku, quantity, next = string.match(text,
    '^{"sku":"([^"]*)","quantity":(%d+)},?()', at)
  return sku and plain(sku), quantity, next
end
