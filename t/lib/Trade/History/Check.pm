package Trade::History::Check;

# The checker: joins what the buyers saw, the topic and Redis, and says what
# does not agree.  docs/faults.md has the invariants in words.
#
#   my %found = check($run);            a run as Trade::History reads it
#
# gives each invariant by its name the list of its violations, in words.

use strict;
use warnings;

use Exporter 'import';
use List::Util qw(min sum0 uniq);
use Trade::History::Order qw(action gone_on sequence whole);
use Trade::History::Stock qw(balance stock);

our @EXPORT_OK = qw(check figures invariants);

our $BOUND = 5;                 # seconds, of an answer: trade_timeout and some

# Windows in which a buyer may wait as long as they last.
my %STALLS = map { $_ => 1 } qw(nginx-worker-stop);

# Windows in which nginx itself may answer, with what is no problem document.
my %OTHER = ('disk-nginx' => 500);

my @invariants = (
    published => \&published, once => \&once, payload => \&payload,
    refused => \&refused, replayed => \&replayed, sequence => \&sequence,
    whole => \&whole, stock => \&stock, balance => \&balance, due => \&due,
    answered => \&answered, open => \&opened, effect => \&effect,
);

sub invariants { my %h = @invariants; return grep { $h{$_} } @invariants }

sub check {
    my ($run) = @_;
    _join($run);
    my ($i, %found) = (0);
    while ($i < @invariants) {
        my ($name, $code) = @invariants[$i++, $i++];
        $found{$name} = [$code->($run)];
    }
    return %found;
}

# Adds events: "id.seq" => record, copies left out, with id, seq, kind, state,
# versions (slot => version), the first slot of these, and at, of a copy that
# comes first; and of each order its events, in sequence.
sub _join {
    my ($run) = @_;
    my (%events, %orders);
    for my $r (@{ $run->{records} }) {
        my $h = $r->{headers};
        my ($kind, $state) = ($h->{ce_type} // '') =~ /^trade\.(order|stock)\.(\w+)/;
        my $event = $events{ $h->{ce_id} // '' } //= { %$r,
            kind => $kind // '?', state => uc($state // '?'), copies => [] };
        ($event->{slot}) = ($h->{trade_versions} // '') =~ /^(\d+)/;
        $event->{versions} = { map { split /=/ } split /,/, $h->{trade_versions} // '' };
        @$event{qw(id seq)} = split /\./, $h->{ce_id} // '';
        push @{ $event->{copies} }, $r;
    }
    $run->{events} = \%events;
    $run->{of_intent} = {};
    for my $e (sort { $a->{seq} <=> $b->{seq} }
        grep { $_->{kind} eq 'order' } values %events) {
        my $intent = $e->{value}{metadata}{intent} // '?';
        push @{ $run->{of_intent}{$intent} }, $e;
        push @{ $orders{ $e->{id} } }, $e;
    }
    $run->{orders} = \%orders;
}

# Whether the topic has what an attempt was told of.
sub _published {
    my ($run, $a) = @_;
    return $run->{events}{"$a->{id}.1"} unless $a->{action};
    return grep { action($_) eq $a->{action}{verb} } @{ $run->{orders}{ $a->{action}{id} } || [] };
}

# Every order, every change of stock, and every action that was answered, is in
# the topic.
sub published {
    my ($run) = @_;
    return map {
        my $action = $_->{action};
        ($action ? $action->{id} : $_->{id}) . ", answered $_->{how}"
            . ($action ? " to $action->{verb}" : '') . ', is not in the topic';
    } grep { ($_->{how} // '') =~ /^20[012]$/ && !_published($run, $_) }
        @{ $run->{attempts} };
}

# Copies are equal; an intent, and a key, have one order; and all are told of it.
sub once {
    my ($run) = @_;
    my @found;
    for my $e (values %{ $run->{events} }) {
        push @found, "$e->{id} has copies that differ" if uniq(map {
            my $h = $_->{headers};
            join "\0", $_->{key}, $_->{payload}, map { "$_=$h->{$_}" } sort keys %$h
        } @{ $e->{copies} }) > 1;
    }
    my %of_key;
    for my $intent (values %{ $run->{intents} }) {
        my @ids = uniq(map({ $_->{id} } @{ $run->{of_intent}{ $intent->{number} } || [] }),
            map({ $_->{id} } grep { ($_->{how} // '') =~ /^20/ } @{ $intent->{attempts} }));
        my $key = $intent->{key} // "intent $intent->{number}";
        $of_key{$key}{$_} = 1 for @ids;
    }
    for my $key (sort keys %of_key) {
        my @ids = sort keys %{ $of_key{$key} };
        push @found, "key $key has the orders @ids" if @ids > 1;
    }
    return @found;
}

# Nothing is in the topic but what was wanted, as it was wanted.
sub payload {
    my ($run) = @_;
    my (@found, %changes);
    for my $e (values %{ $run->{events} }) {
        if ($e->{kind} eq 'stock') {
            push @{ $changes{ $e->{key} } }, $e;
            next;
        }
        my $intent = $run->{intents}{ $e->{value}{metadata}{intent} // '?' };
        if (!$intent || $intent->{kind} ne 'order'
            || $e->{seq} > 1 && !$run->{actions}{ action($e) . " $e->{id}" }) {
            push @found, "$e->{id}.$e->{seq} was not asked for";
            next;
        }
        push @found, "$e->{id}.$e->{seq} is not what was asked for"
            if $e->{payload} ne _payload($intent, $e) || $e->{key} ne $e->{id}
            || $e->{headers}{ce_subject} ne $e->{id};
    }
    my %asked;
    $asked{ $_->{items}[0][0] }++
        for grep { $_->{kind} eq 'stock' } values %{ $run->{intents} };
    for my $sku (sort keys %changes) {
        my ($n, $asked) = (scalar @{ $changes{$sku} }, 1 + ($asked{$sku} // 0));
        push @found, "$sku was changed $n times, asked for $asked times"
            if $n > $asked;
    }
    return @found;
}

sub _payload {
    my ($intent, $event) = @_;
    my $items = join ',', map { qq({"sku":"$_->[0]","quantity":$_->[1]}) }
        @{ $intent->{items} };
    my $pad = $intent->{pad} ? ',"pad":"' . 'x' x $intent->{pad} . '"' : '';
    my $created = $event->{seq} == 1 ? $event->{headers}{ce_time}
        : $event->{value}{created_at} // '';
    return qq({"order_id":"$event->{id}","created_at":"$created",)
        . qq("buyer_id":"$intent->{buyer}","items":[$items],)
        . qq("metadata":{"intent":$intent->{number}$pad}});
}

# Whether an attempt has surely come to nothing.
sub _refused {
    my ($a) = @_;
    my $how = $a->{how} // return 0;
    return $how eq 'refused' || ($how =~ /^[45]/ && ($a->{outcome} // '') eq 'none');
}

# An order that was refused for sure each time it was asked for has not been
# placed.
sub refused {
    my ($run) = @_;
    my @found;
    for my $intent (values %{ $run->{intents} }) {
        my ($event) = @{ $run->{of_intent}{ $intent->{number} } || [] };
        push @found, "intent $intent->{number} was refused, and has $event->{id}"
            if $event && !grep { !_refused($_) } @{ $intent->{attempts} };
    }
    for my $e (grep { $_->{seq} > 1 } map { @$_ } values %{ $run->{orders} }) {
        my $action = $run->{actions}{ action($e) . " $e->{id}" } || next;
        push @found, "$action->{verb} was refused, and $e->{id} has it"
            if !grep { !_refused($_) } @{ $action->{attempts} };
    }
    return @found;
}

# A buyer who was told of an order is told the same again, though the SKU may
# have sold out since; the result of an action stays too, unless the order has
# gone on.  GET finds the order all the time.
sub replayed {
    my ($run) = @_;
    my @found;
    for my $of (values %{ $run->{actions} },
        grep { defined $_->{key} } values %{ $run->{intents} }) {
        my @attempts = @{ $of->{attempts} };
        my $told = min map { $_->{end} } grep { ($_->{how} // '') =~ /^20/ } @attempts;
        my $changed = $of->{verb} && gone_on($run, $of);
        push @found, map { "$_->{name} was done, then $_->{how}" }
            grep { $told && !$changed && $_->{begun} > $told && ($_->{how} // '') =~ /^4/ }
            @attempts;
        push @found, map { "$_->{name} was not found" }
            grep { $_->{action} && ($_->{how} // '') eq '404' } @attempts;
    }
    return @found;
}

# When all was well for a while nothing is late, and in the end nothing is due.
sub due {
    my ($run) = @_;
    return map({ map { "$_ is late" } @{ $_->{late} || [] } } @{ $run->{windows} }),
        map({ "$_ is due" } sort keys %{ $run->{redis}{due} }),
        map({ "$_ is asked for" } sort keys %{ $run->{redis}{asks} }),
        map({ "$_ is to be paid" } sort keys %{ $run->{redis}{unpaid} });
}

# Each attempt is answered, or closed, in time, and with what buyers understand.
sub answered {
    my ($run) = @_;
    my @found;
    for my $a (@{ $run->{attempts} }) {
        my ($name, $how) = @$a{qw(name how)};
        if (!defined $how) {
            push @found, "$name has no end";
            next;
        }
        my @windows = grep { $_->{begin} < $a->{end} && $_->{end} + 1 > $a->{begun} }
            @{ $run->{windows} };
        my $bound = $BOUND + sum0 map { my $w = $_;
            grep({ $STALLS{$_} } @{ $w->{names} }) ? $w->{end} - $w->{begin} : 0 } @windows;
        push @found, "$name: $how after $a->{took} s" if $a->{took} > $bound;
        my $other = $how eq 'garbled' || ($how =~ /^[345]/ && !defined $a->{outcome}
            && !grep { $how eq ($OTHER{$_} // '') } map { @{ $_->{names} } } @windows);
        push @found, "$name: $how is no answer" if $other;
    }
    return @found;
}

# After each window it sells again.
sub opened {
    my ($run) = @_;
    return map { "nothing is sold after a window (@{ $_->{names} })" }
        grep { !$_->{open} } @{ $run->{windows} };
}

# A run in which a nemesis had no effect proves nothing.
sub effect {
    my ($run) = @_;
    my @found;
    for my $w (@{ $run->{windows} }) {
        push @found, map { "$w->{names}[$_] had no effect" }
            grep { !$w->{evidence}[$_] } 0 .. $#{ $w->{names} };
    }
    return @found;
}

# The settings of a run: a list of [name, number].
sub figures {
    my ($run) = @_;
    my %n;
    for my $a (@{ $run->{attempts} }) {
        $n{ join ' ', $a->{action} ? $a->{action}{verb} : (),
            grep { defined } @$a{qw(how problem)} }++;
    }
    my @orders = values %{ $run->{orders} };
    my %states;
    $states{ lc $_->{state} }++ for map { @$_ } @orders;
    my @intents = values %{ $run->{intents} };
    my $wanted = sum0 map { $_->[1] } map { @{ $_->{items} } }
        grep { $_->{kind} eq 'order' } @intents;
    my %total = map { %$_ } values %{ $run->{redis}{slots} };
    my $stock = sum0 map { $total{$_} } grep { /^total/ } keys %total;
    return (['attempts', scalar @{ $run->{attempts} }],
        ['repeated', @{ $run->{attempts} } - @intents - keys %{ $run->{actions} }],
        ['units wanted', $wanted], ['units of stock', $stock],
        ['records', scalar @{ $run->{records} }],
        ['copies', @{ $run->{records} } - keys %{ $run->{events} }],
        map({ ["orders $_", $states{$_}] } sort keys %states),
        ['carts placed', scalar grep { keys %{ $_->[0]{versions} } > 1 } @orders],
        ['parts given up', scalar grep { my $h = $_; grep { !$run->{orders}{$_} } keys %$h }
            values %{ $run->{redis}{holds} }],
        ['windows', scalar @{ $run->{windows} }],
        map { ["answer $_", $n{$_}] } sort keys %n);
}

1;
