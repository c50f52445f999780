-- Tests the preconditions of a request (trade_precondition.h) against the
-- present state of its resource.  `tag` is the opaque part of the entity tag,
-- nil if the resource does not exist; `changed` is the time of the last change,
-- in s, or nil.  `match` and `none_match` are the sets of If-Match and
-- If-None-Match; `unmodified_since` is in s, or ''.
-- Sets condition_met.
local function condition_met(match, none_match, unmodified_since, tag, changed)
  local function has(set)
    return tag
      and (set == '*' or string.find(set, ' ' .. tag .. ' ', 1, true))
  end
  if match ~= '' then
    if not has(match) then return false end
  elseif unmodified_since ~= '' and changed
    and tonumber(changed) > tonumber(unmodified_since) then
    return false
  end
  return none_match == '' or not has(none_match)
end
