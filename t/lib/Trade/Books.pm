package Trade::Books;

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
use Trade::Books::Order qw(action gone_on sequence whole);
use Trade::Books::Stock qw(books stock);

our @EXPORT_OK = qw(check figures invariants);

our $BOUND = 5;                 # seconds, of an answer: trade_timeout and some

# Windows in which a buyer may wait as long as they last.
my %STALLS = map { $_ => 1 } qw(nginx-worker-stop);

# Windows in which nginx itself may answer, with what is no problem document.
my %OTHER = ('disk-nginx' => 500);

my @invariants = (
    published => \&published, once => \&once, payload => \&payload,
    refused => \&refused, replayed => \&replayed, sequence => \&sequence,
    whole => \&whole, stock => \&stock, books => \&books, due => \&due,
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
    $run->{of_wish} = {};
    for my $e (sort { $a->{seq} <=> $b->{seq} }
        grep { $_->{kind} eq 'order' } values %events) {
        my $wish = $e->{value}{metadata}{wish} // '?';
        push @{ $run->{of_wish}{$wish} }, $e;
        push @{ $orders{ $e->{id} } }, $e;
    }
    $run->{orders} = \%orders;
}

# Whether the topic has what an attempt was told of.
sub _published {
    my ($run, $a) = @_;
    return $run->{events}{"$a->{id}.1"} unless $a->{act};
    return grep { action($_) eq $a->{act}{action} } @{ $run->{orders}{ $a->{act}{id} } || [] };
}

# Every order, every change of stock, and every act that was answered, is in the
# topic.
sub published {
    my ($run) = @_;
    return map {
        my $act = $_->{act};
        ($act ? $act->{id} : $_->{id}) . ", answered $_->{how}"
            . ($act ? " to $act->{action}" : '') . ', is not in the topic';
    } grep { ($_->{how} // '') =~ /^20[012]$/ && !_published($run, $_) }
        @{ $run->{attempts} };
}

# Copies are equal; a wish, and a key, have one order; and all are told of it.
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
    for my $wish (values %{ $run->{wishes} }) {
        my @ids = uniq(map({ $_->{id} } @{ $run->{of_wish}{ $wish->{number} } || [] }),
            map({ $_->{id} } grep { ($_->{how} // '') =~ /^20/ } @{ $wish->{attempts} }));
        my $key = $wish->{key} // "wish $wish->{number}";
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
        my $wish = $run->{wishes}{ $e->{value}{metadata}{wish} // '?' };
        if (!$wish || $wish->{kind} ne 'order'
            || $e->{seq} > 1 && !$run->{acts}{ action($e) . " $e->{id}" }) {
            push @found, "$e->{id}.$e->{seq} was not asked for";
            next;
        }
        push @found, "$e->{id}.$e->{seq} is not what was asked for"
            if $e->{payload} ne _payload($wish, $e) || $e->{key} ne $e->{id}
            || $e->{headers}{ce_subject} ne $e->{id};
    }
    my %asked;
    $asked{ $_->{items}[0][0] }++
        for grep { $_->{kind} eq 'stock' } values %{ $run->{wishes} };
    for my $sku (sort keys %changes) {
        my ($n, $asked) = (scalar @{ $changes{$sku} }, 1 + ($asked{$sku} // 0));
        push @found, "$sku was changed $n times, asked for $asked times"
            if $n > $asked;
    }
    return @found;
}

sub _payload {
    my ($wish, $event) = @_;
    my $items = join ',', map { qq({"sku":"$_->[0]","quantity":$_->[1]}) }
        @{ $wish->{items} };
    my $pad = $wish->{pad} ? ',"pad":"' . 'x' x $wish->{pad} . '"' : '';
    my $created = $event->{seq} == 1 ? $event->{headers}{ce_time}
        : $event->{value}{created_at} // '';
    return qq({"order_id":"$event->{id}","created_at":"$created",)
        . qq("buyer_id":"$wish->{buyer}","items":[$items],)
        . qq("metadata":{"wish":$wish->{number}$pad}});
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
    for my $wish (values %{ $run->{wishes} }) {
        my ($event) = @{ $run->{of_wish}{ $wish->{number} } || [] };
        push @found, "wish $wish->{number} was refused, and has $event->{id}"
            if $event && !grep { !_refused($_) } @{ $wish->{attempts} };
    }
    for my $e (grep { $_->{seq} > 1 } map { @$_ } values %{ $run->{orders} }) {
        my $act = $run->{acts}{ action($e) . " $e->{id}" } || next;
        push @found, "$act->{action} was refused, and $e->{id} has it"
            if !grep { !_refused($_) } @{ $act->{attempts} };
    }
    return @found;
}

# A buyer who was told of an order is told the same again, though the SKU may
# have sold out since; the result of an act stays too, unless the order has gone
# on.  GET finds the order all the time.
sub replayed {
    my ($run) = @_;
    my @found;
    for my $of (values %{ $run->{acts} },
        grep { defined $_->{key} } values %{ $run->{wishes} }) {
        my @attempts = @{ $of->{attempts} };
        my $told = min map { $_->{end} } grep { ($_->{how} // '') =~ /^20/ } @attempts;
        my $changed = $of->{action} && gone_on($run, $of);
        push @found, map { "$_->{name} was done, then $_->{how}" }
            grep { $told && !$changed && $_->{begun} > $told && ($_->{how} // '') =~ /^4/ }
            @attempts;
        push @found, map { "$_->{name} was not found" }
            grep { $_->{act} && ($_->{how} // '') eq '404' } @attempts;
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
        $n{ join ' ', $a->{act} ? $a->{act}{action} : (),
            grep { defined } @$a{qw(how problem)} }++;
    }
    my @orders = values %{ $run->{orders} };
    my %states;
    $states{ lc $_->{state} }++ for map { @$_ } @orders;
    my @wishes = values %{ $run->{wishes} };
    my $wanted = sum0 map { $_->[1] } map { @{ $_->{items} } }
        grep { $_->{kind} eq 'order' } @wishes;
    my %total = map { %$_ } values %{ $run->{redis}{slots} };
    my $stock = sum0 map { $total{$_} } grep { /^total/ } keys %total;
    return (['attempts', scalar @{ $run->{attempts} }],
        ['repeated', @{ $run->{attempts} } - @wishes - keys %{ $run->{acts} }],
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
