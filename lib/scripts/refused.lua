-- Why they may not be sold: `refusal` answers the first of the reasons, and the
-- positions of the items that it is true of.  Units that carts hold may be free
-- again soon.
local function refused(verdict, rule)
  local at = ''
  for i = 1, items do
    if rule(5 * i - 2, tonumber(ARGV[10 + i]), had[i]) then
      at = at .. ' ' .. i
    end
  end
  return at ~= '' and verdict .. at
end

local function refusal()
  return now > tonumber(ARGV[7]) and 'LATE ' .. now
    or refused('UNKNOWN', function(f) return not slot[f] end)
    or early > 0 and 'EARLY ' .. early
    or refused('OVER', function(f)
      return slot[f + 3] and now >= tonumber(slot[f + 3]) end)
    or locked
    or refused('LIMIT', function(f, quantity, had)
      return slot[f + 1] and had + quantity > tonumber(slot[f + 1]) end)
    or refused('SOLDOUT', function(f, quantity)
      return slot[f] + (slot[f + 4] or 0) < quantity end)
    or refused('BUSY', function(f, quantity)
      return tonumber(slot[f]) < quantity end)
end
