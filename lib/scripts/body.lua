-- Clients shape what an order holds, and metadata may hold line breaks: so its
-- text is read from its start, and never searched.
-- Sets behind, first, plain, buyer_of, item_of.

-- Where the text goes on behind so many lines.  Behind two for each event of a
-- record, and behind one of a hold, the order begins.
local function behind(text, lines)
  local at = 1
  for _ = 1, lines do at = string.find(text, '\n', at, true) + 1 end
  return at
end

-- The first event's line of a record whose latest event has that sequence, as
-- the pattern says, which is to begin with `^`.
local function first(record, seq, pattern)
  return string.match(record, pattern, behind(record, 2 * seq - 2))
end

-- A name as keys and fields hold it.  In the order a quote is written \u0022, a
-- backslash \u005c, and nothing else is escaped.
local function plain(name)
  return (string.gsub(name, '\\u00(%x%x)', function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

-- The buyer of the order that begins there, and where its items begin.
local function buyer_of(text, at)
  local buyer, items = string.match(text,
    '^{"buyer_id":"([^"]*)","items":%[()', at)
  return buyer and plain(buyer), items
end

-- An item that begins there, its quantity, and where the next one may begin;
-- nothing if the items have ended.
local function item_of(text, at)
  local sku, quantity, next = string.match(text,
    '^{"sku":"([^"]*)","quantity":(%d+)},?()', at)
  return sku and plain(sku), quantity, next
end
