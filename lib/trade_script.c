#include "trade_script.h"

#include "trade_script_bodies.h"
