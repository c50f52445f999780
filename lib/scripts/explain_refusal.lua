-- Explains why the items may not be sold.  `refusal` returns `LATE <now>`; or
-- `UNSOLD <version>`, the slot's version, and below it a line for each reason,
-- the gravest first, with the positions of the items that it concerns; or false.
-- Each item stands under its first reason:
--   UNKNOWN <position>...                the slot has no such SKU
--   EARLY <ms> <position>=<opens>...     the sale begins then; the last sale
--                                        begins in so many ms
--   OVER <position>=<closes>...          the sale has ended
--   SOLDOUT <position>...
--   PENDING, LOCKED <position>...        check_stock.lua
--   LIMIT <position>=<limit>,<left>...   the buyer may still buy so many
--   BUSY <position>...                   carts hold the units, and may give
--                                        them back soon
-- Reads slot, version, now, items, quantity, had, locked, early, deadline.  Sets
-- reason, refusal.
local function reason(i)
  local f, wanted = 5 * i - 2, tonumber(quantity[i])
  local available, limit, opens, closes, held = unpack(slot, f, f + 4)
  if not available then return 'UNKNOWN', '' end
  if opens and now < tonumber(opens) then return 'EARLY', '=' .. opens end
  if closes and now >= tonumber(closes) then return 'OVER', '=' .. closes end
  if available + (held or 0) < wanted then return 'SOLDOUT', '' end
  if locked and locked[i] then return locked[i], '' end
  if limit and had[i] + wanted > tonumber(limit) then
    return 'LIMIT', '=' .. limit .. ',' .. math.max(limit - had[i], 0)
  end
  return tonumber(available) < wanted and 'BUSY', ''
end

local function refusal()
  if now > tonumber(deadline) then return 'LATE ' .. now end
  local lines, answer = {}, { 'UNSOLD ' .. version }
  for i = 1, items do
    local word, value = reason(i)
    if word then
      lines[word] = (lines[word] or word .. (word == 'EARLY' and ' ' .. early
        or '')) .. ' ' .. i .. value
    end
  end
  for _, word in ipairs({ 'UNKNOWN', 'EARLY', 'OVER', 'SOLDOUT', 'PENDING',
    'LOCKED', 'LIMIT', 'BUSY' })
  do
    answer[#answer + 1] = lines[word]
  end
  return answer[2] and table.concat(answer, '\n')
end
