# The trade gateway.  `make help` lists what there is.
#
#   BUILD=sanitize   AddressSanitizer and UndefinedBehaviorSanitizer
#   NGINX_SRC=DIR      an nginx source tree instead of Debian's nginx-dev; its
#                    nginx is built too, and the tests run on it
#   TESTS='...'      the .t files for `make test`, all by default
#   FUZZ_SECONDS=N   how long `make fuzz` takes, 60 by default
#   PREFIX=, DESTDIR=  of `make install`

BUILD   = release
NGINX_SRC =
TESTS   = t/*.t
JOBS    = $(shell nproc)

ROOT := $(CURDIR)
OUT  := build$(if $(filter sanitize,$(BUILD)),/sanitize)$(if $(NGINX_SRC),/src)
NGX  := $(OUT)/nginx
SO   := $(OUT)/ngx_trade_module.so
HASH_SO := $(OUT)/ngx_trade_hash_module.so

# What a process may have mapped is replaced by rename, never written to: the
# process keeps the old file.
REPLACE = mv -f $@.new $@

PREFIX  = /usr/local
DESTDIR =

WARN     := -Wall -Wextra -Werror
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer -O1
CFLAGS   := -std=gnu11 -g -O2 $(WARN) -fstack-protector-strong
ifeq ($(BUILD),sanitize)
CFLAGS   := -std=gnu11 -g $(WARN) $(SANITIZE)
endif

NGX_CC_OPT := -g -O2 $(WARN) -fstack-protector-strong
NGX_LD_OPT := -Wl,-z,relro -Wl,-z,now
ifeq ($(BUILD),sanitize)
NGX_CC_OPT := -g $(WARN) $(SANITIZE)
NGX_LD_OPT := -fsanitize=address,undefined
endif

LIB_SRC := $(sort $(wildcard lib/*.c))
LIB_OBJ := $(LIB_SRC:lib/%.c=$(OUT)/lib/%.o)
LIB_DEP := -lcjson -lcrypto -lz
T_PROGRAMS := $(patsubst t/%.c,$(OUT)/t/%,$(wildcard t/*.c)) $(OUT)/t/load
UNIT    := $(patsubst t/unit/%.c,$(OUT)/unit/%,$(wildcard t/unit/*.c))
FUZZ_TARGETS := order stock reply ids headers redis
FUZZ         := $(FUZZ_TARGETS:%=$(OUT)/fuzz/%)
FUZZ_CLANG   := $(FUZZ_TARGETS:%=$(OUT)/fuzz/clang/%)
UNIT_C  := -std=gnu11 -g $(WARN) $(SANITIZE) -Ilib -I$(OUT)
SIM_LIB := $(LIB_SRC:lib/%.c=$(OUT)/sim/lib/%.o)
SIM_OBJ := $(patsubst t/sim/%.c,$(OUT)/sim/%.o,$(wildcard t/sim/*.c))
SIM     := $(OUT)/sim/sim $(OUT)/sim/differential

# schedules of `make simulate`: how many, and from which seed on
SEEDS  ?= 1000000
SEED   ?= 1

export TRADE_MODULE := $(ROOT)/$(SO)
export TRADE_OUT    := $(ROOT)/$(OUT)
ifneq ($(NGINX_SRC),)
export TRADE_NGINX  := $(ROOT)/$(NGX)/objs/nginx
export TRADE_NGINX_SRC := $(NGINX_SRC)
endif
ifeq ($(BUILD),sanitize)
export TRADE_PRELOAD := $(shell $(CC) -print-file-name=libasan.so) \
    $(shell $(CC) -print-file-name=libubsan.so)
endif

.PHONY: help deps build install examples check unit test simulate mutate torture lock \
    fuzz fuzz-run valgrind analyze bench chart flat half hash peers soak drain carts outage flashsale \
    overload \
    demo serve stop clean FORCE

help:
	@echo 'make deps     install the missing Debian packages, and Kafka'
	@echo 'make build    build the modules, $(OUT)/ngx_*.so, and tradectl'
	@echo 'make install  install them: into the modules of nginx, and into'
	@echo '              $(PREFIX)/sbin (DESTDIR=)'
	@echo 'make examples build the example consumer in C: $(OUT)/consumer'
	@echo 'make check    check layers, style and documents'
	@echo 'make unit     run the unit tests of lib/, with sanitizers'
	@echo 'make test     run all tests, on real nginx, Redis and Kafka'
	@echo 'make torture  sell under faults; SEED= ORDERS= SKUS= WORKERS= WINDOWS='
	@echo 'make lock     run 20,000 rounds under a lock while workers are killed,'
	@echo '              and measure how soon a hot lock recovers; CONNECTIONS='
	@echo 'make simulate run a million schedules of the simulation; SEEDS= SEED='
	@echo 'make mutate   break one rule at a time, and show which test notices'
	@echo 'make fuzz     fuzz parsers, replies, configurations, for a minute'
	@echo 'make valgrind run tests with nginx under memcheck'
	@echo 'make analyze  run gcc -fanalyzer and the analyzer of clang'
	@echo 'make bench    measure speed, beside the limits of the machine'
	@echo 'make chart    draw docs/performance.svg from what `make bench` has kept'
	@echo 'make flat     measure the cost of an order by buyers, SKUs, connections'
	@echo 'make half     measure latency at half of the peak rate, beside a bare loop'
	@echo 'make hash     simulate what trade_hash costs beside other methods, and'
	@echo '              measure its speed beside stock nginx'
	@echo 'make peers    build the gateways in Go and in Lua that bench compares with'
	@echo 'make soak     place a million orders, and measure the memory of a worker'
	@echo 'make carts    measure carts over two shards, beside orders of one item'
	@echo 'make outage   measure orders while Kafka stands still, and while it is dead'
	@echo 'make flashsale sell 100 units to 20,000 buyers, and show each second'
	@echo 'make overload measure a shard that gets four times what it can do'
	@echo 'make drain    measure how fast a backlog is published, beside new orders'
	@echo 'make demo     install, build and start everything, and place orders'
	@echo 'make serve    start everything and leave it running'
	@echo 'make stop     stop the servers that `make serve` started'
	@echo 'make clean    remove build/'

deps:
	@sh tools/deps

build: $(SO) $(HASH_SO) $(OUT)/tradectl

# nginx's own make knows what the modules' objects depend on.

$(OUT)/modules: FORCE $(NGX)/objs/Makefile
	@sh tools/embed $(NGX)/objs/trade_script_bodies.h
	@$(MAKE) --no-print-directory -s -j$(JOBS) -C $(NGX) -f objs/Makefile \
	    modules $(if $(NGINX_SRC),binary)
	@[ ! -x $(NGX)/objs/angie ] || ln -sf angie $(NGX)/objs/nginx

$(SO) $(HASH_SO): $(OUT)/modules
	@cmp -s $(NGX)/objs/$(@F) $@ \
	    || { cp $(NGX)/objs/$(@F) $@.new && $(REPLACE); }

install: build
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sh tools/install \
	    $(OUT)/tradectl $(SO) $(HASH_SO)

$(NGX)/objs/Makefile: $(OUT)/sources
	@bash tools/configure '$(NGX)' '$(NGINX_SRC)' '$(NGX_CC_OPT)' '$(NGX_LD_OPT)'

# a list of what there is to compile: configured anew when it changes

$(OUT)/sources: FORCE
	@mkdir -p $(OUT)
	@echo '$(NGINX_SRC)' lib/*.[ch] ngx_trade_module/*.[ch] \
	    ngx_trade_module/*/*.[ch] ngx_trade_hash/*.[ch] \
	    | cat - config tools/configure > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(OUT)/trade_script_bodies.h: FORCE
	@sh tools/embed $@

$(OUT)/lib/%.o: lib/%.c $(wildcard lib/*.h) $(OUT)/trade_script_bodies.h
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ilib -I$(OUT) -c -o $@ $<

$(OUT)/libtrade.a: $(LIB_OBJ)
	@rm -f $@
	@ar rcs $@ $^

CTL_SRC := $(wildcard tradectl/*.c)

$(OUT)/tradectl: $(CTL_SRC) $(wildcard tradectl/*.h) $(OUT)/libtrade.a
	@$(CC) $(CFLAGS) -Ilib -o $@.new $(CTL_SRC) $(OUT)/libtrade.a \
	    -lhiredis -lssl -lrdkafka $(LIB_DEP)
	@$(REPLACE)

# unit tests have sanitizers in every build

$(OUT)/unit/libtrade.a: $(LIB_SRC) $(wildcard lib/*.h) \
    $(OUT)/trade_script_bodies.h
	@mkdir -p $(@D)/lib
	@for f in $(LIB_SRC); do \
	    $(CC) $(UNIT_C) -c -o $(@D)/lib/$$(basename $$f .c).o $$f \
	    || exit 1; done
	@rm -f $@
	@ar rcs $@ $(@D)/lib/*.o

# and one of them tests a file that lies beside its glue

UNIT_SRC_trade_bound := ngx_trade_hash/trade_bound.c
UNIT_C_trade_bound   := -Ingx_trade_hash

$(OUT)/unit/trade_bound: $(UNIT_SRC_trade_bound) ngx_trade_hash/trade_bound.h

$(OUT)/unit/%: t/unit/%.c $(wildcard t/unit/*.h) $(OUT)/unit/libtrade.a
	@$(CC) $(UNIT_C) $(UNIT_C_$*) -o $@ $< $(UNIT_SRC_$*) \
	    $(OUT)/unit/libtrade.a $(LIB_DEP)

check: $(NGX)/objs/Makefile $(OUT)/trade_script_bodies.h
	@sh tools/check $(OUT) $(NGX)

unit: $(UNIT)
	@prove -e '' $(UNIT)

test: build examples check $(UNIT) $(FUZZ) $(SIM) $(T_PROGRAMS)
	@perl tools/test $(UNIT) $(FUZZ) $(TESTS)

# fuzz targets: with gcc and replay.c they are tests that run their corpus,
# with clang's libFuzzer they make new inputs

CLANG_C      := -std=gnu11 -g -O1 $(WARN) -Ilib -I$(OUT) \
    -fsanitize=address,undefined -fno-sanitize-recover=undefined

# the Redis transport, without nginx

FUZZ_SRC_redis := t/fuzz/redis_nginx.c $(patsubst %, \
    ngx_trade_module/redis/ngx_trade_%.c, \
    redis redis_cmd redis_conn redis_connect redis_fault redis_handshake \
    redis_shard redis_sub redis_watch)
FUZZ_C_redis    = -D_GNU_SOURCE -Wno-unused-parameter \
    -Ingx_trade_module/redis -Ingx_trade_module/shared \
    -Wl,--wrap=redisReaderGetReply $$(sh tools/includes $(NGX))

$(OUT)/fuzz/redis $(OUT)/fuzz/clang/redis: $(FUZZ_SRC_redis) \
    t/fuzz/redis_nginx.h $(wildcard ngx_trade_module/*/*.h) $(NGX)/objs/Makefile

$(OUT)/fuzz/order $(OUT)/fuzz/clang/order: t/unit/order_same.h

$(OUT)/fuzz/%: t/fuzz/%.c t/fuzz/replay.c t/fuzz/fuzz.h \
    $(OUT)/unit/libtrade.a
	@mkdir -p $(@D)
	@$(CC) $(UNIT_C) $(FUZZ_C_$*) \
	    -DFUZZ_CORPUS='"$(ROOT)/t/fuzz/corpus/$*"' -o $@ $< \
	    t/fuzz/replay.c $(FUZZ_SRC_$*) $(OUT)/unit/libtrade.a -lhiredis \
	    $(LIB_DEP)

$(OUT)/fuzz/clang/libtrade.a: $(LIB_SRC) $(wildcard lib/*.h) \
    $(OUT)/trade_script_bodies.h
	@sh tools/deps clang libclang-rt-dev
	@mkdir -p $(@D)/lib
	@for f in $(LIB_SRC); do \
	    clang $(CLANG_C) -fsanitize=fuzzer-no-link \
	        -c -o $(@D)/lib/$$(basename $$f .c).o $$f || exit 1; done
	@rm -f $@
	@ar rcs $@ $(@D)/lib/*.o

$(OUT)/fuzz/clang/%: t/fuzz/%.c t/fuzz/fuzz.h $(OUT)/fuzz/clang/libtrade.a
	@clang $(CLANG_C) $(FUZZ_C_$*) -fsanitize=fuzzer -o $@ $< \
	    $(FUZZ_SRC_$*) $(OUT)/fuzz/clang/libtrade.a -lhiredis $(LIB_DEP)

# the module that is fed configurations has sanitizers too

fuzz:
	@$(MAKE) --no-print-directory BUILD=sanitize fuzz-run

fuzz-run: build $(FUZZ_CLANG) $(T_PROGRAMS)
	@sh tools/fuzz $(OUT)/fuzz/clang $(FUZZ_TARGETS)

# nginx under memcheck.  Not among them: conf.t and conf_fuzz.t, which start
# nginx hundreds of times; memory.t, which measures; and those to which it
# matters that an order is in Kafka within trade_timeout.

VALGRIND := body_delivery client_abort conf_samples kafka_fatal order \
    order_buyer order_replay redis_auth redis_errors redis_silent resolver \
    ring shard_down

valgrind: build $(T_PROGRAMS)
	@sh tools/deps valgrind libc6-dbg
	@TRADE_VALGRIND=1 perl tools/test $(VALGRIND:%=t/%.t)

# what compilers can tell of a path through the code

analyze: build $(OUT)/trade_script_bodies.h
	@sh tools/deps clang
	@sh tools/analyze $(OUT) $(NGX)

TORTURE = t/torture.t t/torture/reload.t t/torture/loss.t t/torture/hash.t

torture: build $(T_PROGRAMS)
	@ORDERS=$${ORDERS:-100000} SKUS=$${SKUS:-200} WINDOWS=$${WINDOWS:-32} \
	    prove -v $(TORTURE)

LOCK = t/lock_exclusive.t t/lock_waiters.t t/torture/lock.t

# CONNECTIONS= of t/torture/lock.t
lock: build $(OUT)/t/lock_clients
	@ROUNDS=$${ROUNDS:-20000} WINDOWS=$${WINDOWS:-10} \
	    prove -v $(LOCK)

# the simulation, and the scripts' rules it runs on (t/sim/sim.h)

$(OUT)/sim/lib/%.o: lib/%.c $(wildcard lib/*.h) $(OUT)/trade_script_bodies.h
	@mkdir -p $(@D)
	@$(CC) $(UNIT_C) -c -o $@ $<

$(OUT)/sim/%.o: t/sim/%.c $(wildcard t/sim/*.h lib/*.h)
	@mkdir -p $(@D)
	@$(CC) $(UNIT_C) -It/sim -c -o $@ $<

$(OUT)/sim/sim: $(filter %/sim.o $(OUT)/sim/sim_%.o $(OUT)/sim/fake_%.o, \
    $(SIM_OBJ)) $(SIM_LIB)
	@$(CC) $(SANITIZE) -o $@ $^ $(LIB_DEP) -lm

$(OUT)/sim/differential: $(filter $(OUT)/sim/differential%.o \
    $(OUT)/sim/fake_%.o, $(SIM_OBJ)) $(SIM_LIB)
	@$(CC) $(SANITIZE) -o $@ $^ -lhiredis $(LIB_DEP) -lm

# without sanitizers: the same schedules in a third of the time
$(OUT)/sim/long: $(wildcard t/sim/sim*.c t/sim/fake_*.c) $(LIB_SRC) \
    $(wildcard t/sim/*.h lib/*.h) $(OUT)/trade_script_bodies.h
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -g -O2 -flto=auto $(WARN) -Ilib -I$(OUT) -It/sim \
	    -o $@ $(filter %.c,$^) $(LIB_DEP) -lm

simulate: $(OUT)/sim/long
	@seq $(SEED) 5000 $$(($(SEED) + $(SEEDS) - 1)) \
	    | xargs -P $(JOBS) -I{} sh -c '$(OUT)/sim/long {} 5000 || exit 255'

mutate:
	@perl t/sim/mutate $(if $(MUTATION),'$(MUTATION)')

# programs that the .t files run (T_PROGRAMS)

$(OUT)/t/load: $(wildcard t/torture/*.[ch])
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $(filter %.c,$^)

$(OUT)/t/%: t/%.c $(OUT)/libtrade.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ilib -o $@ $^ -lrdkafka $(LIB_DEP)

# the consumers that are shown as examples; consumer.py needs no building

examples: $(OUT)/consumer

$(OUT)/consumer: $(wildcard examples/*.[ch])
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -I/usr/include/postgresql -o $@.new \
	    $(filter %.c,$^) -lrdkafka -lpq -lcjson
	@$(REPLACE)

BENCH := $(patsubst bench/%.c,$(OUT)/bench/%,$(wildcard bench/*.c)) \
    $(OUT)/bench/scripts $(OUT)/bench/rate $(OUT)/bench/hash

# RESULTS=bench/results keeps the figures there, for the chart of the docs
bench: build $(BENCH)
	@perl bench/run

chart:
	@perl bench/chart

flat: build
	@perl bench/flat

half: build $(BENCH)
	@perl bench/half

# REQUESTS= of each cell of the simulation
hash: build $(OUT)/bench/hash
	@$(OUT)/bench/hash $(REQUESTS)
	@perl bench/hash/run

# the gateways that bench compares with: it runs those that are there
peers:
	@sh tools/peers $(OUT)/peers

$(OUT)/bench/%: bench/%.c bench/bench.h bench/kafka.h $(OUT)/libtrade.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ilib -o $@ $< $(OUT)/libtrade.a -lhiredis -lrdkafka \
	    $(LIB_DEP)

$(OUT)/bench/scripts: $(wildcard bench/scripts/*.[ch]) bench/bench.h \
    $(OUT)/libtrade.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ibench -Ilib -o $@ $(filter %.c %.a,$^) -lhiredis \
	    $(LIB_DEP)

$(OUT)/bench/hash: $(wildcard bench/hash/*.[ch]) bench/bench.h \
    $(wildcard ngx_trade_hash/trade_bound.[ch]) $(OUT)/libtrade.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ibench -Ilib -Ingx_trade_hash -o $@ \
	    $(filter %.c %.a,$^) $(LIB_DEP) -lm

$(OUT)/bench/rate: $(wildcard bench/rate/*.[ch]) bench/bench.h bench/kafka.h
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -Ibench -o $@ $(filter %.c,$^) -lhiredis -lrdkafka

soak: build $(BENCH)
	@perl bench/run soak

drain: build $(BENCH)
	@perl bench/run drain

outage: build $(BENCH)
	@perl bench/run outage

flashsale: build
	@perl bench/flashsale

overload: build
	@perl bench/overload

# CONNECTIONS=16 ROUNDS=3
carts: build $(BENCH)
	@perl bench/run carts

demo: deps build
	@perl tools/stack demo

serve: build
	@perl tools/stack serve

stop:
	@perl tools/stack stop

clean:
	rm -rf build
